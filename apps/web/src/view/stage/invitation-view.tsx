import "../../style/stage.css";
import { useSignal } from "@preact/signals";
import { LIMITS } from "@rostra/wire";
import { useRef } from "preact/hooks";
import { api } from "../../state/app.ts";
import { arriving } from "../../state/arrival.ts";
import { failureWords } from "../../state/failure.ts";
import { handsOver } from "../../state/host-link.ts";
import { identity } from "../../state/identity.ts";
import type { Listening } from "../../state/listening.ts";
import { pendingInvitation } from "../../state/navigation.ts";
import { becomeGuest, checkName } from "../../state/open-space.ts";
import { focusFirstError, TextField } from "../field.tsx";
import { LampView } from "../lamp.tsx";
import { newNameHint } from "../new-name-hint.ts";
import { People } from "../people.tsx";
import { SpaceTitle } from "../space/space-title.tsx";
import { StageHeading } from "../space/stage-heading.tsx";

interface InvitationViewProps {
  readonly listening: Listening;
  readonly invitation: string;
}

/** For who came with an invitation: a name, and one press to be on stage. */
export function InvitationView({ listening, invitation }: InvitationViewProps) {
  const space = listening.space.value;
  if (space === null) return null;
  return (
    <article class="space space--stage" aria-labelledby="space-title">
      <header class="space__head">
        <div class="space__state">
          <LampView lamp={listening.room.value.lamp} size="large" />
        </div>
        <SpaceTitle space={space} />
      </header>
      <InvitationForm listening={listening} invitation={invitation} />
      <section class="space__stage" aria-labelledby="stage-heading">
        <StageHeading listening={listening} />
        <People people={listening.people.value} />
      </section>
    </article>
  );
}

/** One press becomes a guest, steps on stage and joins; the browser asks for the microphone then. */
function InvitationForm({ listening, invitation }: InvitationViewProps) {
  const name = useSignal(identity.peek()?.user.displayName ?? "");
  const nameError = useSignal<string | undefined>(undefined);
  const problem = useSignal<string | null>(null);
  const isBusy = useSignal(false);
  const form = useRef<HTMLFormElement>(null);

  const accept = async () => {
    nameError.value = checkName(name.value).displayName;
    if (nameError.value !== undefined) focusFirstError(form.current);
    if (nameError.value !== undefined || isBusy.value) return;
    isBusy.value = true;
    problem.value = null;
    try {
      await becomeGuest(api, name.value);
      // Before the server answers: the room's event may be here first.
      arriving.value = listening.spaceId;
      await api.stepOnStage(listening.spaceId, invitation);
      // The page becomes the stage's as soon as the room says that we are on it.
    } catch (error) {
      arriving.value = null;
      problem.value = failureWords(error);
      isBusy.value = false;
    }
  };

  return (
    <section class="card invitation" aria-labelledby="invitation-heading">
      <h2 id="invitation-heading">
        {handsOver(invitation) ? "You are asked to host this space" : "You are invited on stage"}
      </h2>
      <form
        ref={form}
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void accept();
        }}
      >
        <TextField
          label="Your name"
          value={name.value}
          maxLength={LIMITS.displayNameChars}
          autoComplete="name"
          hint={newNameHint(identity.value, name.value)}
          error={nameError.value}
          onInput={(value) => {
            name.value = value;
            nameError.value = undefined;
          }}
        />
        <button
          type="submit"
          class="button button--primary button--big"
          aria-disabled={isBusy.value}
        >
          Join the stage
        </button>
        <p class="small soft home__note" role="status">
          {isBusy.value
            ? "Stepping on stage…"
            : (problem.value ?? "The browser will ask for your microphone.")}
        </p>
        <button
          type="button"
          class="button button--quiet"
          onClick={() => (pendingInvitation.value = null)}
        >
          Just listen
        </button>
      </form>
    </section>
  );
}
