import { useEffect } from "preact/hooks";
import { announce } from "../../state/announcer.ts";
import { preferences } from "../../state/preferences.ts";
import { onStageKeys, type StageKeyAction } from "../../state/stage-keys.ts";
import { stagePowers } from "../../state/stage-powers.ts";
import type { Desk } from "./stage-view.tsx";

/** The stage's keys: each does what its button does, and says so, for the button may be out of sight. */
export function useStageKeys(desk: Desk, showHelp: () => void): void {
  useEffect(
    () =>
      onStageKeys({
        press: (action) => preferences.value.shortcuts && press(desk, action, showHelp),
        release: (action) => {
          if (action === "talk") desk.session.voice.talk(false);
          else desk.session.voice.whisper(false);
        },
      }),
    [desk],
  );
}

/** @returns whether the key was of use: else the browser has it */
function press(desk: Desk, action: StageKeyAction, showHelp: () => void): boolean {
  const { session, moderation, listening, me } = desk;
  const space = listening.space.value;
  const isOnLine = session.uplinkState.value.connection === "connected";
  const runsStage = space !== null && stagePowers(space, me).canModerate;
  switch (action) {
    case "help":
      showHelp();
      return true;
    case "mute":
      return isOnLine && toggleMute(desk);
    case "talk":
      if (isOnLine && preferences.value.pushToTalk) session.voice.talk(true);
      return isOnLine && preferences.value.pushToTalk;
    case "whisper":
      if (isOnLine && runsStage) session.voice.whisper(true);
      return isOnLine && runsStage;
    case "backstage": {
      const channel = space?.members.find(({ id }) => id === me)?.channel;
      if (isOnLine) session.voice.goTo(channel === "air" ? "backstage" : "air");
      return isOnLine;
    }
    case "mute-all":
      if (runsStage) void moderation.do({ do: "mute-all" });
      return runsStage;
    case "hands":
      if (runsStage) {
        const settings = { handsOpen: !space.settings.handsOpen };
        void moderation.do({ do: "settings", settings });
      }
      return runsStage;
    case "undo":
      return moderation.bar.undo();
  }
}

function toggleMute({ session }: Desk): boolean {
  const { muted } = session.uplinkState.value;
  announce(muted ? "Unmuting" : "Muted");
  void session.setMuted(!muted);
  return true;
}
