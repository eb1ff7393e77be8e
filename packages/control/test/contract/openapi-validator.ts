import { Validator } from "@seriousme/openapi-schema-validator";

/** A description that is at hand, not the path of one. */
type SpecData = Exclude<Parameters<Validator["validate"]>[0], string>;

/** @returns what is wrong with a description of an API; empty where nothing is */
export async function validate(description: SpecData): Promise<unknown[]> {
  const result = await new Validator().validate(structuredClone(description));
  if (result.valid) return [];
  return Array.isArray(result.errors) ? result.errors : [result.errors];
}
