/** What browsers that have it say of the wish to use less data (Network Information API). */
interface Savings {
  readonly saveData?: boolean;
}

/** Whether the person has told the browser to use less data. */
export function savesData(): boolean {
  const { connection } = navigator as Navigator & { connection?: Savings };
  return connection?.saveData === true;
}
