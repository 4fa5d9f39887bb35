/** Round numbers from `low` to `high`, 1, 2 or 5 times a power of ten apart: at most `most` of them. */
export function ticksBetween(low: number, high: number, most = 6): number[] {
  const span = high - low;
  if (!(span > 0)) return [low];
  const power = Number(`1${(span / most).toExponential().replace(/^[^e]*/, "")}`); // of ten, below what they are apart
  const apart = [1, 2, 5, 10, 20]
    .map((times) => times * power)
    .find((step) => count(low, high, step) <= most)!;
  const first = Math.ceil(low / apart);
  return Array.from({ length: count(low, high, apart) }, (_, i) =>
    Number(((first + i) * apart).toPrecision(12)),
  );
}

const count = (low: number, high: number, apart: number): number =>
  Math.floor(high / apart) - Math.ceil(low / apart) + 1;

/** 20000 -> "20,000", 0.25 -> "0.25". */
export const labelOf = (tick: number): string =>
  Math.abs(tick) >= 1e-4 || tick === 0
    ? tick.toLocaleString("en-US", { maximumSignificantDigits: 6 })
    : tick.toExponential();
