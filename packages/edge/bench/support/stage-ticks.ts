/** What a stage says of its ticks, since it began. */
export interface TickCounts {
  readonly frames: number;
  readonly late: number;
}

/** Read from the server's public metrics page, all stages together. */
export async function stageTicks(url: string): Promise<TickCounts> {
  const page = await (await fetch(`${url}/metrics`)).text();
  const total = (name: string) => {
    let found = 0;
    for (const match of page.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)`, "gm"))) {
      found += Number(match[1]);
    }
    return found;
  };
  return {
    frames: total("rostra_stage_frames_total"),
    late: total("rostra_stage_late_ticks_total"),
  };
}
