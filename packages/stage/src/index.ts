export { StageError, type StageErrorCode } from "./errors.ts";
export { createStage, type Stage, type StageOptions } from "./stage.ts";
