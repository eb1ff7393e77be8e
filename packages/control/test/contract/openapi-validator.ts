import { Validator } from "@seriousme/openapi-schema-validator";

/** @returns what is wrong with a description of an API; empty where nothing is */
export async function validate(description: object): Promise<unknown[]> {
  const result = await new Validator().validate(structuredClone(description));
  if (result.valid) return [];
  return Array.isArray(result.errors) ? result.errors : [result.errors];
}
