import { PROBLEM_MEDIA_TYPE, PROBLEMS, type ProblemCode } from "@rostra/wire";

/**
 * Describes what a call may refuse with, by status, in the shape of OpenAPI's responses. Codes
 * that share a status (403: forbidden, not on stage) share its first one's description.
 * @param schema the shape of problem details, or a reference to it
 */
export function describeRefusals<Schema>(schema: Schema, codes: readonly ProblemCode[]) {
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code][0]);
  const content = { [PROBLEM_MEDIA_TYPE]: { schema } };
  return Object.fromEntries(
    [...byStatus].map(([status, [code]]) => [status, { description: PROBLEMS[code!][1], content }]),
  );
}
