/** Vectors on the host, one a row. */
export interface Rows {
  values: Float32Array<ArrayBuffer>; // [count, dimension]
  count: number;
  dimension: number;
}

/** The mean of each column, in float64. Throws in the name of `who` where there are no rows, or a value is no number. */
export function columnMeans(who: string, { values, count, dimension }: Rows): Float64Array {
  if (count < 1 || dimension < 1 || values.length !== count * dimension)
    throw new RangeError(
      `${who}: ${values.length} values are not ${count} rows of ${dimension}, one at least`,
    );
  const sums = new Float64Array(dimension);
  for (let n = 0, at = 0; n < count; n++) for (let d = 0; d < dimension; d++) sums[d] += values[at++];
  const bad = sums.findIndex((sum) => !Number.isFinite(sum));
  if (bad >= 0) throw new RangeError(`${who}: a value in column ${bad} of the rows is not finite`);
  return sums.map((sum) => sum / count);
}

/** The mean in float64 of the rows that are members. */
export function meanRow({ values, count, dimension }: Rows, isMember: (n: number) => boolean): Float64Array {
  const mean = new Float64Array(dimension);
  let members = 0;
  for (let n = 0; n < count; n++) {
    if (!isMember(n)) continue;
    members++;
    for (let d = 0; d < dimension; d++) mean[d] += values[n * dimension + d];
  }
  return mean.map((sum) => sum / members);
}

/** Rows in chunks of one size; behind the last row stands `padding`, a row too. */
export function* chunks(
  { values, count, dimension }: Rows,
  size: number,
  padding: ArrayLike<number>,
): Generator<{ first: number; own: number; chunk: Float32Array<ArrayBuffer> }> {
  const chunk = new Float32Array(size * dimension);
  for (let first = 0; first < count; first += size) {
    const own = Math.min(size, count - first);
    chunk.set(values.subarray(first * dimension, (first + own) * dimension));
    for (let n = own; n < size; n++) chunk.set(padding, n * dimension);
    yield { first, own, chunk };
  }
}
