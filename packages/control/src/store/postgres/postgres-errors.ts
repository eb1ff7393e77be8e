import { ControlError } from "../../errors.ts";

/** In one line what whoever runs the server can do. */
export function toControlError(url: string, cause: unknown): ControlError {
  const { host, pathname, username } = URL.parse(url) ?? {
    host: "?",
    pathname: "/?",
    username: "?",
  };
  const code = (cause as { code?: unknown }).code;
  const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
  if (code === "28P01" || code === "28000") {
    const message = `PostgreSQL at ${host} doesn't let '${username}' in: check user and password`;
    return new ControlError("store-unreachable", message, { cause });
  }
  if (code === "3D000") {
    const name = pathname.slice(1);
    const message = `PostgreSQL at ${host} has no database '${name}': create it (createdb ${name})`;
    return new ControlError("store-unreachable", message, { cause });
  }
  if (code === "42501") {
    const message = `'${username}' may not make tables at ${host}: make it the database's owner`;
    return new ControlError("store-broken", message, { cause });
  }
  const message = `PostgreSQL at ${host} can't be used (${why}): is it running, and reachable from here?`;
  return new ControlError("store-unreachable", message, { cause });
}
