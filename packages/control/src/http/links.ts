import type { SpaceId } from "@rostra/wire";
import type { FastifyRequest } from "fastify";

// A host name, IPv4 or bracketed IPv6 address, with or without a port: nothing else may get from
// a header into the links that we give out.
const HOST = /^(?:[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;

/**
 * Where the outside finds us, without a slash at the end: as configured, else as the caller did
 * (`X-Forwarded-Host` and `-Proto` count where the server trusts the sender).
 */
export function publicBase(request: FastifyRequest, publicUrl: string | null): string {
  if (publicUrl !== null) return publicUrl.replace(/\/+$/, "");
  const protocol = request.protocol === "https" ? "https" : "http";
  return HOST.test(request.host) ? `${protocol}://${request.host}` : `${protocol}://localhost`;
}

/** The page of a space: its link in the world, the same for its whole life. */
export function spacePage(base: string, id: SpaceId): string {
  return `${base}/s/${id}`;
}

/** Every way into a space that the public contract names. @param base see {@link publicBase} */
export function spaceLinks(base: string, id: SpaceId) {
  const live = `${base}/live/${id}`;
  return {
    page: spacePage(base, id),
    ogg: `${live}.ogg`,
    aac: `${live}.aac`,
    hls: `${live}/index.m3u8`,
    websocket: live.replace(/^http/, "ws"),
    whip: `${base}/api/v1/spaces/${id}/whip`,
  };
}
