export { RostraApi, type RostraApiOptions } from "./api/api.ts";
export { type Identity, KeptIdentity, type TokenStorage } from "./api/identity.ts";
export type { BlockedPerson, Hands, Me, RaisedHand } from "./api/people.ts";
export type {
  Invitation,
  MemberChanges,
  NewSpace,
  Space,
  SpaceChanges,
  SpaceLinks,
  SpaceStageMember,
} from "./api/space.ts";
export { whereToListen } from "./api/where-to-listen.ts";
export { listPeople, type PeopleList } from "./audience/people-list.ts";
export {
  IdentityError,
  type IdentityErrorCode,
  ListenerError,
  type ListenerErrorCode,
  MicrophoneError,
  type MicrophoneErrorCode,
  NetworkError,
  type NetworkErrorCode,
  ProblemError,
  UplinkError,
  type UplinkErrorCode,
} from "./errors.ts";
export { attachMediaSession, type MediaSessionInfo } from "./listener/media-session.ts";
export type { SpaceListenerOptions } from "./listener/options.ts";
export { RaidFollower, type RaidFollowing } from "./listener/raid-follower.ts";
export { SpaceListener } from "./listener/space-listener.ts";
export type { ConnectionState, ListenerState, OutputKind } from "./listener/state.ts";
export type { NoiseSuppression } from "./microphone/capture.ts";
export type { MicrophoneLevel } from "./microphone/level.ts";
export {
  Microphone,
  type MicrophoneDevice,
  type MicrophoneState,
} from "./microphone/microphone.ts";
export type { Observable, Unsubscribe } from "./observable.ts";
export type { StageNewsState } from "./uplink/news.ts";
export type { Awareness } from "./uplink/stage-socket.ts";
export { StageUplink, type StageUplinkOptions } from "./uplink/stage-uplink.ts";
export type { UplinkConnection, UplinkState } from "./uplink/state.ts";
