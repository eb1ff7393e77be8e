import { KeptIdentity } from "@rostra/client";
import { observe } from "./observe.ts";

/** What the API renews; apart from it, as listeners need to know who they are before they need that. */
export const kept = new KeptIdentity();

/** Who this browser is to the server; null before the first guest. Lives as long as the page. */
export const identity = observe(kept.current).signal;
