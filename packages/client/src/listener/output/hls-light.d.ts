// The light build has no types of its own; it is the whole one without video, subtitles and keys.
declare module "hls.js/light" {
  export { default } from "hls.js";
}
