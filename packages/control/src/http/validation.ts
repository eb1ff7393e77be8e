import type { FastifyError, FastifyRequest, FastifyServerOptions } from "fastify";
import { ONE_LINE_KEYWORD, toOneLine } from "./text.ts";

type Invalid = NonNullable<FastifyError["validation"]>[number];

/** What Ajv found, as one sentence for the caller: `title: must not be empty`. */
export function validationSentence(invalid: Invalid, error: FastifyError): string {
  const path = invalid.instancePath.slice(1).replaceAll("/", ".");
  const name = path === "" ? (error.validationContext ?? "body") : path;
  const params = invalid.params as { readonly [name: string]: unknown };
  const limit = Number(params["limit"]);
  switch (invalid.keyword) {
    case "required":
      return `${String(params["missingProperty"])}: is missing`;
    case "additionalProperties":
      // The caller's own word: as JSON it stays on one line, whatever is in it.
      return `${JSON.stringify(String(params["additionalProperty"]).slice(0, 40))}: is not known here`;
    case "minLength":
      return limit === 1
        ? `${name}: must not be empty`
        : `${name}: must be ${limit} characters or more`;
    case "maxLength":
      return `${name}: must be at most ${limit} characters`;
    case "maxItems":
      return `${name}: must be at most ${limit}`;
    case "minProperties":
      return `${name}: must say something to change`;
    case "uniqueItems":
      return `${name}: must not repeat`;
    case "enum":
      return `${name}: must be one of ${(params["allowedValues"] as string[]).join(", ")}`;
    case "type":
      return `${name}: must be ${withArticle(String(params["type"]))}`;
    case "minimum":
    case "maximum":
      return `${name}: ${invalid.message ?? "is out of bounds"}`;
    case "pattern":
      return `${name}: nothing has an id of that form`;
    case "format":
      return `${name}: must be a time such as 2026-01-02T18:00:00Z`;
    case ONE_LINE_KEYWORD:
      return `${name}: must not hold control or direction characters`;
    default:
      return `${name}: ${invalid.message ?? "is not valid"}`;
  }
}

/** A preValidation hook: no body at all is an empty one, for calls that need say nothing. */
export async function bodyMayBeMissing(request: FastifyRequest): Promise<void> {
  request.body ??= {};
}

function withArticle(type: string): string {
  return /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
}

type Ajv = Parameters<NonNullable<NonNullable<FastifyServerOptions["ajv"]>["onCreate"]>>[0];

/**
 * Teaches Ajv the keyword {@link ONE_LINE_KEYWORD}: the value becomes what toOneLine makes of it,
 * before its length is looked at; a value that can't be one is refused.
 */
export function addOneLineKeyword(ajv: Ajv): void {
  ajv.addKeyword({
    keyword: ONE_LINE_KEYWORD,
    type: "string",
    schemaType: "boolean",
    modifying: true,
    before: "maxLength",
    validate: (
      _schema: boolean,
      text: string,
      _parentSchema?: object,
      place?: { parentData: Record<string | number, unknown>; parentDataProperty: string | number },
    ) => {
      const line = toOneLine(text);
      if (line === undefined || place === undefined) return false;
      place.parentData[place.parentDataProperty] = line;
      return true;
    },
  });
}
