/** What a protocol found, for people and for programs. */

/** Shares of the test set that are right, by the layer whose features were classified. */
export interface Found {
  trained: ReadonlyMap<string, number>;
  untrained?: ReadonlyMap<string, number>;
}

/** The layer with the highest accuracy; of equals the last, nearest to the output. */
const bestOf = ({ trained }: Found): string =>
  [...trained].reduce((best, next) => (next[1] >= best[1] ? next : best))[0];

/** `accuracy` and `untrained` of a layer. */
export const asJson = ({ trained, untrained }: Found, layer: string): object => ({
  accuracy: trained.get(layer),
  untrained: untrained?.get(layer),
});

export const tableAsJson = (found: Found): object => ({
  layers: Object.fromEntries([...found.trained.keys()].map((name) => [name, asJson(found, name)])),
  best: bestOf(found),
});

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** One layer, a line for each encoder. */
export function asText({ trained, untrained }: Found, layer: string, title: string, after: string): string[] {
  const what = `${title} accuracy${layer === "output" ? "" : ` of ${layer}`}`;
  const line = `${what}  ${percent(trained.get(layer)!)}  ${after}`;
  return untrained ? [line, `${"untrained".padEnd(what.length)}  ${percent(untrained.get(layer)!)}`] : [line];
}

/** A row for each layer, and which one is best. */
export function tableAsText(found: Found, title: string, after: string): string[] {
  const columns = [found.trained, ...(found.untrained ? [found.untrained] : [])];
  const names = [...found.trained.keys()];
  const width = Math.max(...names.map((name) => name.length));
  const row = (name: string, cells: string[]) =>
    [name.padEnd(width), ...cells.map((cell) => cell.padStart(9))].join("  ");
  const best = bestOf(found);
  return [
    `${title} accuracy  ${after}`,
    row("", ["trained", "untrained"].slice(0, columns.length)),
    ...names.map((name) =>
      row(
        name,
        columns.map((column) => percent(column.get(name)!)),
      ),
    ),
    `best: ${best}, ${percent(found.trained.get(best)!)}`,
  ];
}
