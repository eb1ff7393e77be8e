import type { ServerResponse } from "node:http";
import type { Service } from "@rostra/wire";
import type { Registry } from "prom-client";
import { send } from "./respond.ts";

/** A process that is slow to answer must not make the page slow for all. */
const SCRAPE_TIMEOUT_MS = 1_000;
const PAGE_BYTES = 1_048_576;
/** Prometheus text format, version 0.0.4. */
export const METRICS_MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8";

interface Page {
  readonly process: string;
  readonly text: string;
}

/** The metrics of all processes on one page; a process that doesn't answer is left out. */
export async function sendAllMetrics(
  res: ServerResponse,
  options: { ownName: string; registry: Registry; services: readonly Service[] },
): Promise<void> {
  const { ownName, registry, services } = options;
  const others = services.filter((service) => service.name !== ownName);
  const own = { process: ownName, text: await registry.metrics() };
  const pages = await Promise.all(others.map(scrape));
  const found = [own, ...pages.filter((page) => page !== undefined)];
  send(res, 200, mergeMetrics(found), {
    "content-type": METRICS_MEDIA_TYPE,
    "cache-control": "no-store",
  });
}

async function scrape(service: Service): Promise<Page | undefined> {
  try {
    const signal = AbortSignal.timeout(SCRAPE_TIMEOUT_MS);
    const answer = await fetch(`${service.url}/metrics`, { signal });
    const text = await answer.text();
    return answer.ok && text.length <= PAGE_BYTES ? { process: service.name, text } : undefined;
  } catch {
    // It is on its way up or down; the next scrape tells.
    return undefined;
  }
}

const SAMPLE = /^([A-Za-z_:][A-Za-z0-9_:]*)(\{.*\})?( .+)$/;
const FAMILY = /^# (?:HELP|TYPE) ([A-Za-z_:][A-Za-z0-9_:]*)/;

/**
 * Puts the samples of each family together under one HELP and TYPE, as the format demands, and
 * marks each with the process that it comes from.
 */
export function mergeMetrics(pages: readonly Page[]): string {
  const families = new Map<string, { head: Map<string, string>; samples: string[] }>();
  for (const { process, text } of pages) {
    let current = { head: new Map<string, string>(), samples: [] as string[] };
    for (const line of text.split("\n")) {
      const family = FAMILY.exec(line)?.[1];
      if (family !== undefined) {
        current = families.get(family) ?? { head: new Map(), samples: [] };
        families.set(family, current);
        const keyword = line.slice(2, 6);
        if (!current.head.has(keyword)) current.head.set(keyword, line);
      } else {
        const sample = labelled(line, process);
        if (sample !== undefined) current.samples.push(sample);
      }
    }
  }
  const blocks = [...families.values()].map(({ head, samples }) =>
    [...head.values(), ...samples].join("\n"),
  );
  return `${blocks.join("\n\n")}\n`;
}

/** The sample with one more label; undefined for a line that is none. */
function labelled(line: string, process: string): string | undefined {
  const match = SAMPLE.exec(line);
  if (match === null) return undefined;
  const labels = match[2] === undefined || match[2] === "{}" ? "" : `,${match[2].slice(1, -1)}`;
  return `${match[1]}{process="${process.replace(/[^\w.-]/g, "_")}"${labels}}${match[3]}`;
}
