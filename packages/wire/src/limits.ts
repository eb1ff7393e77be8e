/** Bounds on what may be said on each hop. A queue's own bound stands where it is written. */
export const LIMITS = {
  /** Frames in one chunk: a join or a catch-up carries at most five seconds. */
  chunkFrames: 250,
  /** Frames that one request by number may ask for. */
  framesPerRequest: 3_000,
  /** Frames that an edge keeps per space: ten minutes. */
  ringFrames: 30_000,
  /** Bytes of one JSON request body. */
  jsonBodyBytes: 16_384,
  /** Bytes of one SDP offer. */
  sdpBytes: 65_536,
  /** Bytes of one message from a WebSocket listener. */
  listenerMessageBytes: 1_024,
  /** Bytes of one relay message. */
  relayMessageBytes: 1_048_576,
  titleChars: 120,
  displayNameChars: 50,
  topics: 5,
  topicChars: 40,
  /** People on stage, host and co-hosts included. */
  stageMembers: 13,
} as const;
