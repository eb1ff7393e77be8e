import { useSignal } from "@preact/signals";
import type { BlockedPerson } from "@rostra/client";
import { useEffect, useRef } from "preact/hooks";
import { api } from "../../state/app.ts";
import { failureWords } from "../../state/failure.ts";
import {
  changedSettings,
  checkSettings,
  type SettingsErrors,
  type SettingsForm,
  toForm,
} from "../../state/settings-form.ts";
import { Dialog } from "../dialog.tsx";
import { focusFirstError, TextField } from "../field.tsx";
import { BlockedList } from "../hand/blocks-dialog.tsx";
import type { Desk } from "./stage-view.tsx";
import { Switch } from "./switch.tsx";

/** What a host sets for the whole space. Saving can be undone. */
export function SettingsDialog({ desk, onClose }: { desk: Desk; onClose: () => void }) {
  const { listening, moderation } = desk;
  const space = listening.space.value;
  const form = useSignal<SettingsForm | null>(space === null ? null : toForm(space.settings));
  const errors = useSignal<SettingsErrors>({});
  const element = useRef<HTMLFormElement>(null);
  if (space === null || form.value === null) return null;
  const save = () => {
    const filled = form.value;
    if (filled === null) return;
    errors.value = checkSettings(filled, space.members.length);
    if (Object.keys(errors.value).length > 0) {
      focusFirstError(element.current);
      return;
    }
    onClose();
    const settings = changedSettings(filled, space.settings);
    if (Object.keys(settings).length > 0) void moderation.do({ do: "settings", settings });
  };
  return (
    <Dialog title="Settings of the space" onClose={onClose}>
      <form
        ref={element}
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <Fields
          form={form.value}
          errors={errors.value}
          isOnAir={space.state !== "backstage" && space.state !== "scheduled"}
          set={(fields) => {
            if (form.value !== null) form.value = { ...form.value, ...fields };
          }}
        />
        <div class="dialog__actions">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button button--primary">
            Save
          </button>
        </div>
      </form>
      <BlockedHere desk={desk} />
    </Dialog>
  );
}

interface FieldsProps {
  readonly form: SettingsForm;
  readonly errors: SettingsErrors;
  /** The kind of sound can't change on air. */
  readonly isOnAir: boolean;
  readonly set: (fields: Partial<SettingsForm>) => void;
}

function Fields({ form, errors, isOnAir, set }: FieldsProps) {
  return (
    <>
      <TextField
        label="People on stage at most"
        value={form.stageLimit}
        error={errors.stageLimit}
        onInput={(stageLimit) => set({ stageLimit })}
      />
      <Switch
        label="Floor control"
        hint="Whoever has the floor is heard above the others: talk-over stays intelligible."
        isOn={form.floorControl}
        onChange={(floorControl) => set({ floorControl })}
      />
      <TextField
        label="Dead air after, seconds"
        value={form.deadAirSeconds}
        hint="After so much silence the audience hears the holding sound. 0: never."
        error={errors.deadAirSeconds}
        onInput={(deadAirSeconds) => set({ deadAirSeconds })}
      />
      <TextField
        label="Wait for the host, minutes"
        value={form.hostAwayMinutes}
        hint="With nobody in charge, the space ends after this."
        error={errors.hostAwayMinutes}
        onInput={(hostAwayMinutes) => set({ hostAwayMinutes })}
      />
      <Switch
        label="Music"
        hint={
          isOnAir
            ? "Only before the space is on air."
            : "Stereo and untouched: no levelling, no noise suppression. Use headphones."
        }
        isOn={form.sound === "music"}
        disabled={isOnAir}
        onChange={(isMusic) => set({ sound: isMusic ? "music" : "voice" })}
      />
    </>
  );
}

/** Whom this space keeps out; asked for when it is unfolded. */
function BlockedHere({ desk }: { desk: Desk }) {
  const { moderation, session } = desk;
  const people = useSignal<readonly BlockedPerson[] | null>(null);
  const problem = useSignal("");
  useEffect(() => {
    api.blocked(session.spaceId).then(
      (list) => {
        people.value = list;
      },
      (error: unknown) => {
        problem.value = failureWords(error);
      },
    );
  }, [session, people, problem]);
  const named = (people.value ?? []).map(
    ({ id, displayName }) => [id, displayName ?? "Somebody"] as const,
  );
  return (
    <details class="disclosure">
      <summary>Blocked from this space ({named.length})</summary>
      {problem.value === "" ? (
        <BlockedList
          people={named}
          onUnblock={(id) => {
            const name = named.find(([other]) => other === id)?.[1];
            people.value = (people.value ?? []).filter((person) => person.id !== id);
            void moderation.do({ do: "unblock", id }, name);
          }}
        />
      ) : (
        <p class="problem">{problem.value}</p>
      )}
    </details>
  );
}
