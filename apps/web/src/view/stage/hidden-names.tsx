import type { SpaceId } from "@rostra/wire";
import { useEffect, useMemo } from "preact/hooks";
import { api } from "../../state/app.ts";
import { HiddenNames } from "../../state/hidden-names.ts";
import type { HostsNames } from "../audience/people-dialog.tsx";

/** What the people list has for hosts, and nobody else: names that they take off it. */
export function useHostsNames(spaceId: SpaceId): HostsNames {
  return useMemo(() => {
    const names = new HiddenNames(api, spaceId);
    return {
      action: (person) => (
        <button
          type="button"
          class="button"
          aria-label={`Hide the name ${person.displayName}`}
          onClick={(event) => {
            // The row goes: the list's own heading keeps the focus near.
            const dialog = event.currentTarget.closest("dialog");
            void names.hide(person).then(() => {
              dialog?.querySelector<HTMLElement>(".hidden-names")?.focus();
            });
          }}
        >
          Hide
        </button>
      ),
      footer: () => <HiddenList names={names} />,
    };
  }, [spaceId]);
}

function HiddenList({ names }: { names: HiddenNames }) {
  useEffect(() => void names.refresh(), [names]);
  const list = names.list.value;
  return (
    <section class="crowd hidden-names" tabIndex={-1} aria-label="Hidden names">
      {list.length > 0 && (
        <>
          <h3 class="crowd__heading">Hidden from everybody</h3>
          <ul class="crowd__names">
            {list.map(({ id, displayName = "Somebody" }) => (
              <li key={id} class="crowd__row">
                <span>{displayName}</span>
                <button
                  type="button"
                  class="button"
                  aria-label={`Show the name ${displayName} again`}
                  onClick={() => void names.show(id)}
                >
                  Show again
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      <p class="problem" role="status">
        {names.problem.value}
      </p>
    </section>
  );
}
