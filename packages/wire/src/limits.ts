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
  /** Characters of a host's notice. */
  noticeChars: 280,
  /** Names of listeners in one edge's sample of a space. */
  peopleSample: 50,
  /** Bytes of marks by which one edge's listeners are found from another: 4 for each. */
  peopleMarks: 16_384,
  /** Ids that one question after people may name. */
  peopleAsked: 100,
  /** Host's deputies at once. */
  cohosts: 8,
  /** Hands that a queue holds. */
  raisedHands: 200,
  /** Invitations by name that wait for an answer. */
  pendingInvitations: 50,
  /** People whom one account, or one space, keeps out; or whose names a space hides. */
  blockedPeople: 1_000,
  /** Longest countdown to air. */
  countdownSeconds: 60,
  /** Bytes of one message on a stage socket, either way. */
  stageMessageBytes: 2_048,
} as const;
