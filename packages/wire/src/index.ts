export {
  asListenerMessage,
  type EdgeAudience,
  type EdgePeople,
  encodeListenerMessage,
  HEARD_ANSWER_WITHIN_MS,
  HEARD_WINDOW_MS,
  type HeardSample,
  type HiddenNames,
  isEdgeAudience,
  isEdgePeople,
  isHiddenNames,
  isNotice,
  isReaction,
  isReactionCounts,
  type ListenerMessage,
  type ListenMessage,
  type Notice,
  type PresentPerson,
  REACTIONS,
  type Reaction,
  type ReactionCounts,
} from "./audience.ts";
export { ByteReader, ByteWriter } from "./bytes.ts";
export { isArrayOf, isCount, isObject, isOneOf, isShortText, type JsonObject } from "./check.ts";
export { chooseTier, pickWeighted } from "./choose-tier.ts";
export {
  CHUNK_KIND,
  decodeChunk,
  decodeChunks,
  decodeRelayChunks,
  encodeChunk,
  encodeChunks,
  encodeRelayChunks,
} from "./chunk.ts";
export { ChunkWatch } from "./chunk-watch.ts";
export { type Cancel, type Clock, systemClock } from "./clock.ts";
export { type BrokenWay, comeBackMs } from "./come-back.ts";
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
  type AskHeardEvent,
  type ByeEvent,
  CADENCE_NOTICE_MS,
  type CadenceEvent,
  decodeRoomEvent,
  encodeRoomEvent,
  type HandQueue,
  type HandsEvent,
  isHandQueue,
  type ListenerCount,
  type ListenersEvent,
  type MoveEvent,
  type NamesHiddenEvent,
  NO_HANDS,
  type NoticeEvent,
  type RaidEvent,
  type ReactionsEvent,
  type RenditionEvent,
  type RoomEvent,
  type SpaceEvent,
  type StageEvent,
  type StageStatus,
  type WelcomeEvent,
} from "./event.ts";
export {
  type Channels,
  FRAME_MS,
  FRAME_SAMPLES,
  FRAMES_PER_SECOND,
  type FrameSource,
  frameNumberAt,
  frameTimeMs,
  isFrameNumber,
  MAX_PACKET_BYTES,
  type ProgramFrame,
  packetOf,
  RENDITIONS,
  type Rendition,
  SAMPLE_RATE_HZ,
} from "./frame.ts";
export { FrameSlots } from "./frame-slots.ts";
export { fnv1a, mixed } from "./hash.ts";
export { HoldingTables } from "./holding-table.ts";
export {
  isSpaceId,
  isUserId,
  newSpaceId,
  newUserId,
  parseSpaceId,
  type SpaceId,
  type UserId,
} from "./ids.ts";
export { LaterForGood, MAX_JITTER_MS } from "./later-for-good.ts";
export { LIMITS } from "./limits.ts";
export {
  type EdgeLoad,
  HOLDING_CLIP_PATH,
  isEdgeLoad,
  isListenAnswer,
  isListenTier,
  type ListenAnswer,
  type ListenTier,
  MAX_TIERS,
  TIERS,
  type Tier,
} from "./listen.ts";
export { marginMs, SHORTEST_CADENCE_MS } from "./margin.ts";
export { MissedSpaces } from "./missed-spaces.ts";
export { isRaid, type Raid, type RaidNews, type RaidSide } from "./raid.ts";
export {
  middleNtp,
  type ReceptionReport,
  type SenderReport,
  senderReportsIn,
  writeReceiverReport,
  writeSenderReport,
} from "./rtcp.ts";
export { isRtcp, parseRtp, type RtpPacket, writeRtp } from "./rtp.ts";
export {
  askAgainMs,
  GONE_MS,
  KnownPlaces,
  type PlaceNotes,
  SecondLinkPace,
  secondPatienceMs,
  secondPlaces,
} from "./second-link.ts";
export {
  type EdgeListenerCounts,
  FLEET_VERSION,
  type HoldingLoop,
  isEdgeListenerCounts,
  isHoldingLoop,
  isService,
  ROLES,
  type Role,
  type Service,
  STATE_KEYS,
} from "./shared-state.ts";
export { SIDE_BY_SIDE_MS, SideBySide } from "./side-by-side.ts";
export {
  channelsOf,
  DEFAULT_SETTINGS,
  hasProgram,
  isSpaceSettings,
  isSpaceSnapshot,
  isStageActivity,
  NO_ACTIVITY,
  type PendingInvitation,
  parseSpaceSnapshot,
  SETTING_RANGES,
  SOUND_MODES,
  type SoundMode,
  SPACE_STATES,
  type SpaceSettings,
  type SpaceSnapshot,
  type SpaceState,
  STAGE_CHANNELS,
  STAGE_ROLES,
  type StageActivity,
  type StageChannel,
  type StageMember,
  type StageRole,
  stagesOf,
} from "./space.ts";
export {
  isStageLoad,
  isStageTiming,
  type StageLoad,
  type StageTiming,
  type VoicePlace,
} from "./stage-pair.ts";
export {
  decodeStageNews,
  decodeStageRequest,
  encodeStageMessage,
  GUARD_KINDS,
  type GuardKind,
  type PathQuality,
  STAGE_PATHS,
  STAGE_SUBPROTOCOL,
  type StageAwareness,
  type StageGuard,
  type StageHello,
  type StageLevels,
  type StageNews,
  type StagePath,
  type StagePing,
  type StagePong,
  type StageQuality,
  type StageReady,
  type StageRefused,
  type StageRequest,
  type VoiceLevel,
} from "./stage-socket.ts";
export { STANDS_WITHIN_MS, sometimeMs, standbyRetryMs } from "./standby-pace.ts";
export {
  type AccessClaims,
  type InvitationClaims,
  isAccessClaims,
  isInvitationClaims,
  TOKEN_ALGORITHM,
  TOKEN_ISSUER,
} from "./token.ts";
export { isUnsaved, type Unsaved, type UnsavedRemoval } from "./unsaved.ts";
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
