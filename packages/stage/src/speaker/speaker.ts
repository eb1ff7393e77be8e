import type { OpusDecoder } from "@rostra/sound";
import type { SentSound } from "@rostra/sound/guard";
import {
  type Channels,
  FRAME_SAMPLES,
  isRtcp,
  type PathQuality,
  type StagePath,
  type UserId,
  type VoiceLevel,
  type VoicePlace,
} from "@rostra/wire";
import type { ReturnFeed } from "../encode/return-feed.ts";
import { type MediaPlace, type PacketMeter, Playout } from "../jitter/playout.ts";
import type { BusName } from "../mix/bus.ts";
import { isSound } from "../mix/mean-square.ts";
import { OFF_STAGE, type Standing } from "../mix/standing.ts";
import { LevelMeter } from "./level-meter.ts";
import { PathMeter } from "./path-meter.ts";
import { RtpSource } from "./rtp-source.ts";
import { SparingDecoder } from "./sparing-decoder.ts";
import { VoiceChain } from "./voice-chain.ts";
import { VoiceDelay } from "./voice-delay.ts";

/** What a speaker's packets come to, for the metrics. */
export interface SpeakerMeter extends PacketMeter {
  received(): void;
  jitter(seconds: number): void;
}

export interface SpeakerOptions {
  readonly userId: UserId;
  /** Payload type of Opus that was negotiated. */
  readonly payloadType: number;
  readonly decoder: OpusDecoder;
  /** Of what the decoder gives; default 1. */
  readonly channels?: Channels;
  /** What they hear; null for a client that only sends. */
  readonly returnFeed: ReturnFeed | null;
  readonly meter: SpeakerMeter;
}

/**
 * Louder than -60 dBFS is talking: the speaker's own voice must then be left out of what they hear.
 * The decision falls on the very frame that is mixed, so not even an onset comes back; what stays
 * below is a noise floor that nobody recognises as themself.
 */
const TALKING_MEAN_SQUARE = 10 ** (-60 / 10);
/** Words hold pauses; an encoder that stops and starts at each would be waste. */
const TALKING_HANGOVER_MS = 500;
/** How long a sender that skips silence (DTX) sends nothing: 20 frames (libopus, define.h). */
const DTX_MS = 400;
/** Longer than that, several times. */
const SILENT_LINE_MS = 2_000;
const JITTER_EVERY_MS = 1_000;

/** What was captured then, by the sender's clock, is heard at that moment. */
interface CapturePlace {
  readonly capturedMs: number;
  readonly atMs: number;
}

/**
 * One member's voice: packets in, a frame of sound per tick out. Pure: knows no socket and no
 * clock. Owns its decoder and its return feed.
 */
export class Speaker {
  readonly userId: UserId;
  readonly returnFeed: ReturnFeed | null;
  /** Of all that is made of their voice: two where the space is for music. */
  readonly channels: Channels;
  /** The sound of the last tick, interleaved where it is stereo; valid until the next. */
  readonly pcm: Float32Array;
  /** What they were sent in the last tick; undefined: nothing. Set by whoever makes the feeds. */
  sent: SentSound | undefined;
  /** False while the connection is down. Set by whoever owns the connection. */
  isReachable = true;
  /** How their microphone reaches us. Set by whoever owns the connection. */
  path: StagePath = "webrtc";
  /** Round trip of the connection, ms; null until it was measured. Set by its owner. */
  rttMs: number | null = null;
  readonly #decoder: SparingDecoder;
  readonly #meter: PathMeter;
  readonly #level = new LevelMeter();
  readonly #source: RtpSource;
  readonly #playout: Playout;
  /** What was being played when the voice was cut, fading out: the next frame, and the last. */
  readonly #tail: Float32Array;
  #hasTail = false;
  readonly #chain = new VoiceChain();
  readonly #late: VoiceDelay;
  #standing: Standing | undefined;
  #bus: BusName = OFF_STAGE.bus;
  #isSounding = false;
  #wasSounding = false;
  #talkedAtMs = Number.NEGATIVE_INFINITY;
  #talking = false;
  #heardAtMs = Number.NEGATIVE_INFINITY;
  #deliveredAtMs = Number.NEGATIVE_INFINITY;
  #meteredAtMs = 0;
  /** Where another stage plays them: captured then, heard at that moment. */
  #followed: CapturePlace | undefined;
  /** And at the earliest, by the way that another stage has to them. */
  #awaited: CapturePlace | undefined;

  constructor(options: SpeakerOptions) {
    this.userId = options.userId;
    this.returnFeed = options.returnFeed;
    const { channels = 1 } = options;
    this.channels = channels;
    this.pcm = new Float32Array(FRAME_SAMPLES * channels);
    this.#tail = new Float32Array(FRAME_SAMPLES * channels);
    this.#late = new VoiceDelay(channels);
    this.#decoder = new SparingDecoder(options.decoder, channels);
    this.#meter = new PathMeter(options.meter);
    this.#playout = new Playout(this.#decoder, this.#meter, channels);
    this.#source = new RtpSource(options.payloadType, this.#playout);
  }

  /** Whether their microphone reaches us. A muted one need not send. */
  isConnected(nowMs: number): boolean {
    return this.isReachable && (this.isMuted || nowMs - this.#heardAtMs < SILENT_LINE_MS);
  }

  /**
   * When a packet last came that may be heard; or where it said that silence follows, until when
   * that may last.
   */
  get deliveredAtMs(): number {
    return this.#deliveredAtMs;
  }

  get isMuted(): boolean {
    return this.#standing?.isMuted ?? false;
  }

  /** Where the sound of the last tick belongs. */
  get bus(): BusName {
    return this.#bus;
  }

  /** What they may say and hear. */
  get standing(): Standing {
    return this.#standing ?? OFF_STAGE;
  }

  /** Whether their voice is heard now: for the rings in the page. */
  get isSpeaking(): boolean {
    return !this.#hasTail && this.#chain.isSpeaking;
  }

  /** Whether the last tick has anything but digital silence, the end of the one before included. */
  get isSounding(): boolean {
    return this.#isSounding || this.#wasSounding;
  }

  /** Whether the sound of the last tick was received, not made up for what didn't come. */
  get isReceived(): boolean {
    return !this.#hasTail && this.#playout.isReceived;
  }

  /** Their microphone whistles. */
  get isHowling(): boolean {
    return !this.#hasTail && this.#chain.isHowling;
  }

  /** Their microphone sends back what they are sent. */
  get isEchoing(): boolean {
    return !this.#hasTail && this.#chain.isEchoing;
  }

  /** The sound of the last tick, later by what the program's limiter takes. */
  get latePcm(): Float32Array {
    return this.#late.pcm;
  }

  /** Whether they need a mix without their own voice now. */
  get isTalking(): boolean {
    return this.#talking;
  }

  /** Their voice as it arrives, of the last quarter of a second. */
  get voiceLevel(): VoiceLevel {
    return { id: this.userId, dbfs: this.#level.dbfs, speaking: this.isSpeaking };
  }

  /** What was captured when is heard at the beginning of the next frame; undefined: nobody knows. */
  get voicePlace(): VoicePlace | undefined {
    const timestamp = this.#hasTail ? undefined : this.#playout.position;
    if (timestamp === undefined || this.isMuted) return undefined;
    const capturedMs = this.#source.senderClock.capturedMs(timestamp);
    if (capturedMs === undefined) return undefined;
    return { id: this.userId, capturedMs, gainDb: this.#chain.gainDb };
  }

  /**
   * Plays them where, and as loud as, another stage does.
   * @param place undefined: as we think best
   * @param atMs when what was captured then is heard
   */
  follow(place: VoicePlace | undefined, atMs: number): void {
    this.#followed = place && { capturedMs: place.capturedMs, atMs };
    if (place?.gainDb !== undefined) this.#chain.adoptGain(place.gainDb);
  }

  /** Plays them no earlier than another stage can; as `follow`. */
  wait(place: VoicePlace | undefined, atMs: number): void {
    this.#awaited = place && { capturedMs: place.capturedMs, atMs };
  }

  /** Where we would play them at `nowMs` by our own way to them; undefined: nobody knows. */
  ownPlace(nowMs: number): VoicePlace | undefined {
    const place = this.isMuted ? undefined : this.#playout.ownPlace(nowMs);
    const capturedMs = place && this.#source.senderClock.capturedMs(place.timestamp);
    return capturedMs === undefined ? undefined : { id: this.userId, capturedMs };
  }

  /** How well their packets come through. */
  pathQuality(nowMs: number): PathQuality {
    return {
      id: this.userId,
      path: this.path,
      loss: this.#meter.loss,
      jitterMs: this.#playout.jitterMs,
      bufferMs: Math.max(0, this.#playout.delayMs(nowMs)),
      rttMs: this.rttMs,
    };
  }

  /** Whether their sound could begin with a tick at `nowMs`: one who isn't mixed yet may be now. */
  isReady(nowMs: number): boolean {
    return this.#playout.isReady(nowMs);
  }

  /**
   * Server truth. Whatever was said before a mute, or for other ears, is never heard after it: what
   * waits is dropped, and of what was being played 10 ms fade out where they belong. The next frame
   * is the first that may hold anything else.
   */
  place(standing: Standing): void {
    const before = this.#standing;
    this.#standing = standing;
    this.#decoder.isSparing = standing.sound === "voice";
    if (before === undefined) this.#bus = standing.bus;
    const isSilenced = standing.isMuted && !(before?.isMuted ?? false);
    if (isSilenced || standing.bus !== (before ?? standing).bus) this.cut();
  }

  /** Drops all that waits to be played. */
  cut(): void {
    this.#playout.clear();
    this.#decoder.forget();
    // Cut twice in a tick: the first fade-out is the one that continues what was heard.
    if (!this.#hasTail) this.#playout.pull(this.#tail, Number.NEGATIVE_INFINITY);
    this.#hasTail = true;
    this.#level.clear();
    this.#deliveredAtMs = Number.NEGATIVE_INFINITY;
  }

  /**
   * Takes a datagram from outside; whatever it holds.
   * @param nowMs when it came, for the next frame
   * @param latestMs where this process stood still, it came at some time between the two
   */
  push(datagram: Uint8Array, nowMs: number, latestMs = nowMs): void {
    if (isRtcp(datagram)) {
      this.#source.report(datagram);
      return;
    }
    this.#meter.received();
    if (this.isMuted) {
      this.#heardAtMs = nowMs;
      return;
    }
    const result = this.#source.receive(datagram, nowMs, latestMs);
    if (result === undefined) return;
    this.#heardAtMs = nowMs;
    this.#deliveredAtMs = nowMs + (this.#source.isSilent ? DTX_MS : 0);
    if (result === "stored") this.#meter.stored();
    if (result === "overflow") this.#meter.lost(1);
  }

  /** Makes the frame of this tick. @param nowMs when the tick was due */
  tick(nowMs: number): void {
    this.#meter.tick();
    const isTail = this.#hasTail;
    this.#pull(nowMs);
    this.#wasSounding = this.#isSounding;
    this.#isSounding = isSound(this.pcm);
    let [arrived, left] = [0, 0];
    // A muted one has nothing to guard or to level, once their last sound has faded.
    if (this.#isSounding || !this.isMuted) {
      left = this.#chain.process(this.pcm, !this.#isSounding, this.sent, this.standing.sound);
      arrived = this.#chain.arrived;
    }
    this.#level.push(arrived);
    // Only now: the tail goes on with the gains of what it ends.
    if (isTail) this.#chain.reset();
    if (left > TALKING_MEAN_SQUARE) this.#talkedAtMs = nowMs;
    this.#talking = nowMs - this.#talkedAtMs < TALKING_HANGOVER_MS;
    if (nowMs - this.#meteredAtMs >= JITTER_EVERY_MS) {
      this.#meteredAtMs = nowMs;
      if (nowMs - this.#deliveredAtMs < JITTER_EVERY_MS) {
        this.#meter.jitter(this.#playout.jitterMs / 1000);
      }
    }
  }

  /** The frame is as it will be mixed. */
  finish(): void {
    this.#late.push(this.pcm, !this.#isSounding);
  }

  #pull(nowMs: number): void {
    if (this.#hasTail) {
      // Where it was going until now: nothing of it may be heard by others.
      this.#hasTail = false;
      this.pcm.set(this.#tail);
      return;
    }
    this.#bus = this.standing.bus;
    this.#playout.follow(this.#placeOf(this.#followed));
    this.#playout.wait(this.#placeOf(this.#awaited));
    this.#playout.pull(this.pcm, nowMs);
  }

  /** By our own connection's timestamps. */
  #placeOf(place: CapturePlace | undefined): MediaPlace | undefined {
    const timestamp = place && this.#source.senderClock.timestampAt(place.capturedMs);
    return timestamp === undefined ? undefined : { timestamp, atMs: place!.atMs };
  }

  close(): void {
    this.#decoder.close();
    this.returnFeed?.close();
  }
}
