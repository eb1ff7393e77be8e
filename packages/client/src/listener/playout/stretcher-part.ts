/** What is fetched after the first sound. */
export { TimeStretcher } from "@rostra/sound";
