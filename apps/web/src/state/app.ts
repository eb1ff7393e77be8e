import { RostraApi } from "@rostra/client";
import { kept } from "./identity.ts";

/** The page's one connection to control. Listeners fetch it with the first part that asks control. */
export const api = new RostraApi({ identity: kept });
