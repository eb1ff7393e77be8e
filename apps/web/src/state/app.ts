import { RostraApi } from "@rostra/client";
import { observe } from "./observe.ts";

/** The page's one connection to control; who we are lives in it. */
export const api = new RostraApi();

/** Who this browser is to the server; null before the first guest. Lives as long as the page. */
export const identity = observe(api.identity).signal;
