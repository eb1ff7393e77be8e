import { FRAMES_PER_SECOND, LIMITS } from "@rostra/wire";

/** What an edge waits for, and what it holds at most. Each bound is checked where it is written. */
export const BOUNDS = {
  /** Between two looks at what is due by time alone, ms; frames are handed out as they come. */
  pulseMs: 100,
  /**
   * The same after one that frames have set off, and where nobody is there, ms: below
   * `lateGraceMs`, so that what a stage leaves out is made up in time.
   */
  watchMs: 300,
  /** How long frames may wait for each other where chunks are long, ms. */
  gatherMs: 100,
  /** The same where few listen, ms: with the numbers that these wait for, chunks wait no longer. */
  gatherFewMs: 200,
  /** Between two times that room events are gathered, ms; a quarter of the cadence where more. */
  eventsMs: 100,
  /** Writes in a row before the event loop takes what has come: about 5 ms. */
  sliceWrites: 500,

  /** So long a space's sound is followed after the last who listened, or fetched some, has gone, ms. */
  lingerMs: 30_000,
  /** The first who comes to a space waits for its line to begin, ms; for all of its past. */
  beginMs: 500,
  pastMs: 4_000,

  /** A number this far behind the clock is waited for no longer, ms. */
  lateGraceMs: 400,
  /** After so long without a look at what is due this process stood still, ms: two beats and more. */
  stoodStillMs: 350,
  /** What came meanwhile is read within this, ms: until then nothing is held for lost. */
  readFirstMs: 100,
  /** A number that others have overtaken is waited for this long, ms: the relay is asked meanwhile. */
  holeGraceMs: 100,
  /** A hole of at most this many frames is concealed by the listener; a longer one is held. */
  concealedFrames: 5,
  /** Frames further ahead of the clock than this are refused: they would empty the ring. */
  aheadFrames: 5 * FRAMES_PER_SECOND,
  /** Requests for missing frames that one space has out at once. */
  historyRequests: 4,

  /** What a newcomer is handed at once: the latest second. */
  newcomerFrames: FRAMES_PER_SECOND,
  /** Who resumes and misses no more than this is handed it at once, too. */
  resumeFrames: 2 * FRAMES_PER_SECOND,
  /** Who come to a space from shorter chunks, and get such for some seconds more: each costs writes of its own. */
  easedListeners: 5_000,
  /** Sound that waits for one slow socket, bytes: about 2 s as it lies in kernel and process. */
  socketBytes: 65_536,
  /** Everything that waits for one socket, bytes: above it the socket is given up at once. */
  socketLimitBytes: 131_072,
  /** One that takes nothing for this long gets the thin rendition, ms. */
  slowMs: 2_000,
  /** How long one must follow on the thin rendition, ms: doubles each time, up to the limit. */
  thinMs: 30_000,
  thinLimitMs: 600_000,
  /** Between two looks at who may rise again, ms, and how many may at each. */
  ladderMs: 1_000,
  risersAtOnce: 200,
  /** A socket that takes nothing for this long is given up, ms. */
  tooSlowMs: 10_000,
  /** Of the time of a drain, the share in which listeners are told to move: the rest is for the slow. */
  drainTellShare: 0.6,
  /** What a balancer gets to notice that an edge goes, before listeners are sent back to it, ms. */
  drainUnseenMs: 3_000,
  /** Listeners told to move a second, at least and at most: other edges take in 8,000 each. */
  drainLeastPerSecond: 100,
  drainMostPerSecond: 2_000,
  /** What a closing socket gets to take its last bytes, ms. */
  farewellMs: 1_500,
  /** Between two pings to WebSocket listeners, ms. */
  pingMs: 20_000,
  /** Messages from one listener in one ping interval. */
  inboundMessages: 200,

  /** HLS requests that wait for sound to come, for each space. */
  hlsWaiters: 10_000,
  /** How long such a request waits: three target durations, ms. */
  hlsWaitMs: 6_000,
  /** What the relay gets to say what it remembers of frames that were made up, ms. */
  sealAskMs: 1_000,
  /** Segments and parts kept as bytes, for each space: about 1 MB. */
  hlsFiles: 200,

  /** Ogg that waits for one transcoder, bytes: about 16 s. */
  transcoderBytes: 65_536,
  /** How long a transcoder runs on when its last listener has gone, ms. */
  transcoderLingerMs: 10_000,
  /** Wait before a transcoder that failed is started again, ms: doubles up to the limit. */
  transcoderBackoffMs: 250,
  transcoderBackoffLimitMs: 8_000,
  /** A transcoder that ran this long is well: its next failure counts as the first, ms. */
  transcoderSteadyMs: 30_000,
  /** AAC frames of 1,024 samples in the latest second. */
  newcomerAacFrames: 47,

  /** How long an ended space's playlist and sound can still be fetched, ms. */
  afterEndMs: 60_000,
  /** Between two reports of the number of listeners, ms. */
  countsMs: 1_000,
  ringFrames: LIMITS.ringFrames,
} as const;
