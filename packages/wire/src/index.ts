export { ByteReader, ByteWriter } from "./bytes.ts";
export { isArrayOf, isCount, isObject, isOneOf, isShortText, type JsonObject } from "./check.ts";
export { CHUNK_KIND, decodeChunk, decodeChunks, encodeChunk, encodeChunks } from "./chunk.ts";
export { type Cancel, type Clock, systemClock } from "./clock.ts";
export {
  PROBLEM_MEDIA_TYPE,
  PROBLEMS,
  type ProblemCode,
  type ProblemDetails,
  problem,
  RostraError,
  WireError,
  type WireErrorCode,
} from "./errors.ts";
export {
  type ByeEvent,
  decodeRoomEvent,
  encodeRoomEvent,
  type ListenerCount,
  type ListenersEvent,
  type RoomEvent,
  type SpaceEvent,
  type StageEvent,
  type StageStatus,
  type WelcomeEvent,
} from "./event.ts";
export {
  FRAME_MS,
  FRAME_SAMPLES,
  FRAMES_PER_SECOND,
  frameNumberAt,
  frameTimeMs,
  isFrameNumber,
  MAX_PACKET_BYTES,
  type ProgramFrame,
  SAMPLE_RATE_HZ,
} from "./frame.ts";
export {
  isSpaceId,
  isUserId,
  newSpaceId,
  newUserId,
  parseSpaceId,
  type SpaceId,
  type UserId,
} from "./ids.ts";
export { LIMITS } from "./limits.ts";
export { isRtcp, parseRtp, type RtpPacket, writeRtp } from "./rtp.ts";
export {
  type EdgeListenerCounts,
  type HoldingLoop,
  isEdgeListenerCounts,
  isHoldingLoop,
  isService,
  ROLES,
  type Role,
  type Service,
  STATE_KEYS,
} from "./shared-state.ts";
export {
  hasProgram,
  isSpaceSnapshot,
  isStageActivity,
  NO_ACTIVITY,
  parseSpaceSnapshot,
  SPACE_STATES,
  type SpaceSnapshot,
  type SpaceState,
  STAGE_ROLES,
  type StageActivity,
  type StageMember,
  type StageRole,
} from "./space.ts";
export {
  type AccessClaims,
  type InvitationClaims,
  isAccessClaims,
  isInvitationClaims,
  TOKEN_ALGORITHM,
  TOKEN_ISSUER,
} from "./token.ts";
export {
  CLOSE,
  encodeClientFrame,
  encodeCloseFrame,
  encodeServerFrame,
  encodeTextFrame,
  OPCODE,
  type Opcode,
  WEBSOCKET_GUID,
  WEBSOCKET_SUBPROTOCOL,
  type WebSocketFrame,
  WebSocketFrameParser,
} from "./websocket.ts";
