import { ListenerError } from "../../errors.ts";
import type { OutputKind } from "../state.ts";
import { ElementOutput, worksHere as elementWorks } from "./element-output.ts";
import { MseOutput, worksHere as mseWorks } from "./mse-output.ts";
import type { Output, OutputOptions } from "./output.ts";
import { WorkletOutput, worksHere as workletWorks } from "./worklet-output.ts";

/** iPadOS says that it is a Mac, but Macs have no touch screen. */
function isIos(): boolean {
  const { userAgent, maxTouchPoints } = navigator;
  return /iP(hone|ad|od)/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1);
}

/** iOS suspends Web Audio as soon as the screen locks; an element's sound goes on. */
function bestFirst(): readonly OutputKind[] {
  return isIos() ? ["mse", "element", "worklet"] : ["worklet", "mse", "element"];
}

const WORKS: { readonly [Kind in OutputKind]: () => boolean } = {
  worklet: workletWorks,
  mse: mseWorks,
  element: elementWorks,
};

export type OpenOutput = (kind: OutputKind | "auto", options: OutputOptions) => Output;

/**
 * Call it inside a gesture.
 * @throws {ListenerError} `no-output`
 */
export const openOutput: OpenOutput = (wanted, options) => {
  const kind = wanted === "auto" ? bestFirst().find((candidate) => WORKS[candidate]()) : wanted;
  if (kind === "worklet") return new WorkletOutput(options);
  if (kind === "mse") return new MseOutput(options);
  if (kind === "element") return new ElementOutput(options);
  throw new ListenerError("no-output", "This browser has no way to play a live stream");
};
