import { AT_HAND } from "../../state/audience/reactions.ts";
import { preferences, setPreferences } from "../../state/preferences.ts";
import { STAGE_KEYS } from "../../state/stage-keys.ts";
import { Dialog } from "../dialog.tsx";
import { Switch } from "./switch.tsx";

/** Every key there is, and the switch for those whom single keys trouble. */
export function KeyHelp({ isHost, onClose }: { isHost: boolean; onClose: () => void }) {
  const keys = STAGE_KEYS.filter(({ forHosts }) => isHost || !forHosts);
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {keys.map(({ keys: names, does }) => (
          <div class="keys__row" key={names}>
            <dt>
              {names.split(" ").map((name) => (
                <kbd key={name}>{name}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
        <div class="keys__row">
          <dt>
            {AT_HAND.map((emoji, at) => (
              <kbd key={emoji}>{at + 1}</kbd>
            ))}
          </dt>
          <dd>React</dd>
        </div>
      </dl>
      <Switch
        label="Single keys act"
        hint="Switch it off if speech input or your keyboard presses them by accident."
        isOn={preferences.value.shortcuts}
        onChange={(shortcuts) => setPreferences({ shortcuts })}
      />
    </Dialog>
  );
}
