/** What the audio thread says to the page: 20 ms of the microphone, interleaved if it is stereo. */
export const CAPTURE_NAME = "rostra-capture";

export interface CapturedFrame {
  readonly pcm: Float32Array<ArrayBuffer>;
}
