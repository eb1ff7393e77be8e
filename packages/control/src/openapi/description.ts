import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import { ELSEWHERE } from "./elsewhere.ts";

/** What the API's description says besides the routes: those bring their own schemas along. */
export const API_DESCRIPTION: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: "3.1.0",
    info: {
      title: "Rostra",
      version: "1",
      description:
        "Live audio spaces. A guest's token opens spaces and lets people speak; listening needs none. Refusals are RFC 9457 problem details.",
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
    servers: [{ url: "/" }],
    tags: [
      { name: "guests", description: "Who somebody is, without an account" },
      { name: "spaces", description: "Open, find, go on air, end" },
      { name: "stage", description: "Who can be heard" },
      { name: "hands", description: "Asking to speak" },
      { name: "raids", description: "An audience that goes along to another space" },
      { name: "notices", description: "The hosts' written word to all" },
      { name: "names", description: "Names of listeners that hosts hide" },
      { name: "blocks", description: "Keeping people off the stage" },
      { name: "speaking", description: "Sound in" },
      { name: "listening", description: "Sound out, for anybody" },
      { name: "operation", description: "For whoever runs the server" },
    ],
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
      },
    },
    paths: ELSEWHERE,
  },
  transformObject: (document) => {
    if (!("openapiObject" in document)) return document.swaggerObject;
    return withOptionalBodies(document.openapiObject);
  },
  refResolver: {
    buildLocalReference: (schema, _base, _fragment, index) =>
      typeof schema["$id"] === "string" ? schema["$id"] : `def-${index}`,
  },
};

type OpenApi = Extract<
  Parameters<NonNullable<FastifyDynamicSwaggerOptions["transformObject"]>>[0],
  { openapiObject: unknown }
>["openapiObject"];

/** A body that need say nothing need not be there: bodyMayBeMissing takes none for an empty one. */
function withOptionalBodies(document: OpenApi): OpenApi {
  for (const path of Object.values(document.paths ?? {})) {
    const body = path?.post?.requestBody;
    if (body === undefined || !("content" in body)) continue;
    const schema = body.content["application/json"]?.schema;
    if (schema !== undefined && !("$ref" in schema) && schema.required === undefined) {
      body.required = false;
    }
  }
  return document;
}
