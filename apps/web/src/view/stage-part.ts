/** The stage's part of the page, in a script of its own. Asked for early, it is there when needed. */
export function loadStage(): Promise<typeof import("./stage/stage-view.tsx")> {
  return import("./stage/stage-view.tsx");
}
