import { LIMITS } from "@rostra/wire";
import { StageError } from "../errors.ts";

/** One line of a session description (RFC 8866): `type=value`. */
export interface SdpLine {
  readonly type: string;
  readonly value: string;
}

/** An m-line and the lines that belong to it. */
export interface SdpSection {
  readonly media: string;
  readonly lines: readonly SdpLine[];
}

export interface SdpDocument {
  /** Lines before the first m-line. */
  readonly session: readonly SdpLine[];
  readonly sections: readonly SdpSection[];
}

const MAX_LINES = 1_000;
const MAX_LINE_CHARS = 1_000;
const MAX_SECTIONS = 8;
// Printable ASCII, plus whatever names people give their sessions in s= lines (UTF-8 as text).
const LINE_PATTERN = /^[a-z]=[^\p{Cc}]*$/u;

/**
 * Takes a description apart into lines and sections, without judging what they say.
 * @throws {StageError} `bad-sdp`
 */
export function parseSdp(text: string): SdpDocument {
  if (text.length > LIMITS.sdpBytes) throw new StageError("bad-sdp", "the SDP is too long");
  const rows = text.split(/\r\n|\n/);
  if (rows.at(-1) === "") rows.pop();
  if (rows.length > MAX_LINES) throw new StageError("bad-sdp", "the SDP has too many lines");
  const session: SdpLine[] = [];
  const sections: { media: string; lines: SdpLine[] }[] = [];
  for (const [index, row] of rows.entries()) {
    if (row.length > MAX_LINE_CHARS || !LINE_PATTERN.test(row)) {
      throw new StageError("bad-sdp", `line ${index + 1} of the SDP is not 'type=value'`);
    }
    const line = { type: row.slice(0, 1), value: row.slice(2) };
    if (line.type === "m") sections.push({ media: line.value, lines: [] });
    else (sections.at(-1)?.lines ?? session).push(line);
  }
  if (session[0]?.type !== "v" || session[0].value !== "0") {
    throw new StageError("bad-sdp", "an SDP begins with v=0");
  }
  if (sections.length > MAX_SECTIONS) throw new StageError("bad-sdp", "too many m-lines");
  return { session, sections };
}

/** Values of all `a=name:value` lines; an empty string for a bare `a=name`. */
export function attributes(lines: readonly SdpLine[], name: string): string[] {
  const values: string[] = [];
  for (const { type, value } of lines) {
    if (type !== "a") continue;
    if (value === name) values.push("");
    else if (value.startsWith(`${name}:`)) values.push(value.slice(name.length + 1));
  }
  return values;
}

/** The last CRLF included, as RFC 8866 wants it. */
export function joinSdp(lines: readonly string[]): string {
  return `${lines.join("\r\n")}\r\n`;
}
