export { type Control, type ControlOptions, createControl } from "./control.ts";
export { ControlError, type ControlErrorCode } from "./errors.ts";
