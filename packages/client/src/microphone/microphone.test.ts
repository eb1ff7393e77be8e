import { VirtualClock } from "@rostra/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { constraintsFor } from "./capture.ts";
import { Microphone } from "./microphone.ts";

/** A browser's microphones, as far as pages see them. */
class FakeDevices extends EventTarget {
  readonly asked: MediaTrackConstraints[] = [];
  readonly tracks: FakeTrack[] = [];
  refusal: DOMException | null = null;
  defaultId = "built-in";

  getUserMedia({ audio }: { audio: MediaTrackConstraints }): Promise<unknown> {
    this.asked.push(audio);
    if (this.refusal !== null) return Promise.reject(this.refusal);
    const wanted = audio.deviceId as { exact: string } | undefined;
    const track = new FakeTrack(wanted?.exact ?? this.defaultId);
    this.tracks.push(track);
    return Promise.resolve({ getAudioTracks: () => [track] });
  }

  enumerateDevices(): Promise<unknown> {
    const input = (deviceId: string) => ({ kind: "audioinput", deviceId, label: deviceId });
    return Promise.resolve([input("built-in"), input("headset")]);
  }
}

class FakeTrack {
  readonly #deviceId: string;
  readyState = "live";
  muted = false;
  contentHint = "";
  onended: (() => void) | null = null;
  onmute: (() => void) | null = null;
  onunmute: (() => void) | null = null;

  constructor(deviceId: string) {
    this.#deviceId = deviceId;
  }

  getSettings(): MediaTrackSettings {
    return { deviceId: this.#deviceId };
  }

  stop(): void {
    this.readyState = "ended";
  }
}

/** An AudioContext without worklets: what old browsers have, and enough for the level meter. */
class FakeAudioContext {
  readonly state = "running";
  createMediaStreamSource(): { connect: <Node>(node: Node) => Node } {
    return { connect: (node) => node };
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** One with worklets. Its sound goes nowhere: what RNNoise makes of it is another test's. */
class WorkletContext extends FakeAudioContext {
  readonly audioWorklet = { addModule: () => Promise.resolve() };
  onstatechange: (() => void) | null = null;
  resume(): Promise<void> {
    return Promise.resolve();
  }
}

class FakeWorkletNode {
  static readonly made: FakeWorkletNode[] = [];
  onprocessorerror: (() => void) | null = null;
  constructor() {
    FakeWorkletNode.made.push(this);
  }
  connect(): void {}
}

function giveWorklets(): void {
  vi.stubGlobal("AudioContext", WorkletContext);
  vi.stubGlobal("AudioWorkletNode", FakeWorkletNode);
  const output = { getAudioTracks: () => [new FakeTrack("made by the page")] };
  vi.stubGlobal(
    "MediaStreamAudioDestinationNode",
    class {
      readonly stream = output;
    },
  );
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(new Uint8Array(8))));
}

let devices: FakeDevices;
let microphone: Microphone;

beforeEach(() => {
  devices = new FakeDevices();
  vi.stubGlobal("navigator", { mediaDevices: devices });
  vi.stubGlobal("AudioContext", FakeAudioContext);
  vi.stubGlobal("AnalyserNode", class {});
  vi.stubGlobal("MediaStream", class {});
  microphone = new Microphone(new VirtualClock());
});

afterEach(() => {
  microphone.close();
  vi.unstubAllGlobals();
});

describe("what the browser is asked for", () => {
  it("is all of its own processing and one channel for a voice", () => {
    expect(constraintsFor("voice", "platform", undefined)).toEqual({
      echoCancellation: true,
      noiseSuppression: true,
      autoGainControl: true,
      channelCount: 1,
    });
  });

  it("is none of it, and both channels, for music", () => {
    expect(constraintsFor("music", "off", "headset")).toEqual({
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: false,
      channelCount: { ideal: 2 },
      deviceId: { exact: "headset" },
    });
  });

  it("is no noise suppression where ours does it, or nobody should", () => {
    for (const noise of ["strong", "off"] as const) {
      const asked = constraintsFor("voice", noise, undefined);
      expect(asked).toMatchObject({ noiseSuppression: false, echoCancellation: true });
    }
  });
});

describe("a microphone", () => {
  it("opens for voices, and says so", async () => {
    await microphone.open();
    const { status, mode, noise, noiseError, track } = microphone.state.value;
    expect([status, mode, noise, noiseError]).toEqual(["open", "voice", "platform", null]);
    expect(track?.contentHint).toBe("speech");
  });

  it("is opened anew for music, on the same device, and the old track is let go of", async () => {
    await microphone.open("headset");
    await microphone.setMode("music");
    expect(devices.asked[1]).toMatchObject({
      autoGainControl: false,
      deviceId: { exact: "headset" },
    });
    expect(devices.tracks.map(({ readyState }) => readyState)).toEqual(["ended", "live"]);
    const { mode, noise, track, deviceChanges } = microphone.state.value;
    expect([mode, noise, track?.contentHint]).toEqual(["music", "off", "music"]);
    expect(deviceChanges).toBe(0);
  });

  it("keeps a mode that was chosen while it was closed", async () => {
    await microphone.setMode("music");
    expect(devices.asked).toEqual([]);
    await microphone.open();
    expect(devices.asked[0]).toMatchObject({ echoCancellation: false });
  });

  it("goes on with the browser's own suppression where ours can't run, and says why", async () => {
    await microphone.open();
    await microphone.setNoise("strong");
    const { status, noise, noiseError } = microphone.state.value;
    expect([status, noise, noiseError?.name]).toEqual(["open", "platform", "MicrophoneError"]);
    expect(devices.asked.at(-1)).toMatchObject({ noiseSuppression: true });
    const live = devices.tracks.filter(({ readyState }) => readyState === "live");
    expect(live).toHaveLength(1);
    await microphone.setNoise("off");
    expect(microphone.state.value).toMatchObject({ noise: "off", noiseError: null });
  });

  it("sends what our own suppression makes, and lets go of both tracks", async () => {
    giveWorklets();
    await microphone.setNoise("strong");
    await microphone.open("headset");
    const { noise, noiseError, track, deviceId } = microphone.state.value;
    expect([noise, noiseError, deviceId]).toEqual(["strong", null, "headset"]);
    expect(track?.getSettings().deviceId).toBe("made by the page");
    expect(devices.asked[0]).toMatchObject({ noiseSuppression: false });
    microphone.close();
    expect([track?.readyState, devices.tracks[0]!.readyState]).toEqual(["ended", "ended"]);
  });

  it("goes on with the browser's own where ours stops in the middle", async () => {
    giveWorklets();
    await microphone.setNoise("strong");
    await microphone.open("headset");
    FakeWorkletNode.made.at(-1)!.onprocessorerror?.();
    await vi.waitFor(() => expect(microphone.state.value.noiseError).not.toBeNull());
    const { status, noise, deviceId, track } = microphone.state.value;
    expect([status, noise, deviceId]).toEqual(["open", "platform", "headset"]);
    expect(track?.readyState).toBe("live");
    expect(devices.asked.at(-1)).toMatchObject({ noiseSuppression: true });
  });

  it("counts how often it became another device, and nothing else", async () => {
    await microphone.open();
    await microphone.open("built-in");
    expect(microphone.state.value.deviceChanges).toBe(0);
    await microphone.open("headset");
    expect(microphone.state.value.deviceChanges).toBe(1);
    // Unplugged: the browser's default takes its place.
    devices.tracks.at(-1)!.onended?.();
    await vi.waitFor(() => expect(microphone.state.value.deviceId).toBe("built-in"));
    expect(microphone.state.value.deviceChanges).toBe(2);
  });

  it("stays open as it was where the change is refused", async () => {
    await microphone.open();
    devices.refusal = new DOMException("busy", "NotReadableError");
    const refused = expect.objectContaining({ code: "in-use" });
    await expect(microphone.setMode("music")).rejects.toThrow(refused);
    expect(microphone.state.value).toMatchObject({ status: "open", mode: "voice", error: refused });
    expect(devices.tracks[0]!.readyState).toBe("live");
  });

  it("lets go of everything when it is closed, also what was still being opened", async () => {
    const opening = microphone.open();
    microphone.close();
    await opening;
    expect(devices.tracks[0]!.readyState).toBe("ended");
    expect(microphone.state.value).toMatchObject({ status: "closed", track: null });
  });
});

it("a microphone whose space turns to music while the person is asked is opened for music", async () => {
  const opening = microphone.open();
  await microphone.setMode("music");
  await opening;
  const { state } = microphone;
  expect(devices.asked.map(({ echoCancellation }) => echoCancellation)).toEqual([true, false]);
  expect(state.value).toMatchObject({ status: "open", mode: "music" });
  expect(devices.tracks.map(({ readyState }) => readyState)).toEqual(["ended", "live"]);
});
