const KEY = "rostra.data-saver";

/** What was chosen on an earlier visit; undefined: nothing yet, the browser's own setting holds. */
export function loadDataSaver(): boolean | undefined {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === null ? undefined : kept === "on";
  } catch {
    // Private windows may refuse storage; the choice is then forgotten with the page.
    return undefined;
  }
}

export function saveDataSaver(isOn: boolean): void {
  try {
    localStorage.setItem(KEY, isOn ? "on" : "off");
  } catch {
    // See loadDataSaver.
  }
}
