/** A curve of one plot. */
export interface Curve {
  readonly name: string;
  /** x and y, ascending by x. */
  readonly points: readonly (readonly [number, number])[];
}

export interface Plot {
  readonly title: string;
  readonly xLabel: string;
  readonly curves: readonly Curve[];
  /** How values of y are written at the axis. */
  readonly yText: (value: number) => string;
  /** Draws x by its logarithm: for spreads over several orders of magnitude. */
  readonly xLog?: boolean;
}

const SIZE = { width: 640, height: 220, left: 64, right: 12, top: 12, bottom: 34 } as const;
/** More points than this on one curve are no more to be seen. */
const MAX_POINTS = 1_200;
const TICKS = 4;

/** An inline SVG drawing. Colours come from the page: classes c0, c1, c2, axis and grid. */
export function drawPlot(plot: Plot): string {
  const points = plot.curves.flatMap((curve) => curve.points);
  if (points.length === 0) return `<p class="none">Nothing to draw.</p>`;
  const toX = plot.xLog
    ? (value: number) => Math.log10(Math.max(1, value))
    : (value: number) => value;
  const xs = points.map(([x]) => toX(x));
  const [xMin, xMax] = [Math.min(...xs), Math.max(...xs)];
  const yMax = roundUp(Math.max(...points.map(([, y]) => y)));
  const width = SIZE.width - SIZE.left - SIZE.right;
  const height = SIZE.height - SIZE.top - SIZE.bottom;
  const placeX = (x: number) => SIZE.left + ((toX(x) - xMin) / Math.max(1e-9, xMax - xMin)) * width;
  const placeY = (y: number) => SIZE.top + height - (y / yMax) * height;
  const grid = ticks(yMax).map((y) => {
    const at = placeY(y).toFixed(1);
    return (
      `<line class="grid" x1="${SIZE.left}" x2="${SIZE.width - SIZE.right}" y1="${at}" y2="${at}"/>` +
      `<text class="axis" x="${SIZE.left - 6}" y="${at}" text-anchor="end" dominant-baseline="middle">${escapeHtml(plot.yText(y))}</text>`
    );
  });
  const xTicks = (plot.xLog ? decades(xMin, xMax) : linear(xMin, xMax)).map(
    (x) =>
      `<text class="axis" x="${placeX(x).toFixed(1)}" y="${SIZE.height - 18}" text-anchor="middle">${shortNumber(x)}</text>`,
  );
  const lines = plot.curves.map((curve, index) => {
    const path = thinned(curve.points)
      .map(([x, y], at) => `${at === 0 ? "M" : "L"}${placeX(x).toFixed(1)} ${placeY(y).toFixed(1)}`)
      .join("");
    return `<path class="c${index % 3}" d="${path}"><title>${escapeHtml(curve.name)}</title></path>`;
  });
  const label = `<text class="axis" x="${SIZE.left + width / 2}" y="${SIZE.height - 3}" text-anchor="middle">${escapeHtml(plot.xLabel)}</text>`;
  return (
    `<svg viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img" aria-label="${escapeHtml(plot.title)}">` +
    `${grid.join("")}${xTicks.join("")}${lines.join("")}${label}</svg>${legend(plot.curves)}`
  );
}

function legend(curves: readonly Curve[]): string {
  if (curves.length < 2) return "";
  const items = curves.map(
    ({ name }, index) => `<span><i class="k${index % 3}"></i>${escapeHtml(name)}</span>`,
  );
  return `<p class="legend">${items.join("")}</p>`;
}

/** Every nth point, and the last. */
function thinned<T>(points: readonly T[]): readonly T[] {
  const step = Math.ceil(points.length / MAX_POINTS);
  if (step <= 1) return points;
  return points.filter((_, at) => at % step === 0 || at === points.length - 1);
}

/** The next of 1, 2, 5, 10 and so on that is not below. */
function roundUp(value: number): number {
  // So small that its power of ten is no number any more: as good as nothing.
  if (!(value > Number.MIN_VALUE * 1e16)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10);
}

function ticks(max: number): number[] {
  return Array.from({ length: TICKS + 1 }, (_, at) => (max * at) / TICKS);
}

/** Round numbers, a few of them, that lie within. */
function linear(min: number, max: number): number[] {
  const step = roundUp((max - min) / (2 * TICKS));
  const first = Math.ceil(min / step) * step;
  // Counted: a step may be too small to make a difference to so large a number.
  const all = Array.from({ length: 2 * TICKS + 1 }, (_, at) => first + at * step);
  return all.filter((x) => x <= max);
}

/** 1, 2, 5, 10 and so on, as far as they lie within. */
function decades(minLog: number, maxLog: number): number[] {
  const found: number[] = [];
  for (let power = Math.floor(minLog); power <= maxLog; power += 1) {
    for (const step of [1, 2, 5]) found.push(step * 10 ** power);
  }
  return found.filter((x) => Math.log10(x) >= minLog && Math.log10(x) <= maxLog);
}

function shortNumber(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en-US");
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
