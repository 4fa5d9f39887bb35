export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Neighbouring points as one: where they lie in the middle, and their mean and extremes. */
export interface Bucket {
  readonly x: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** At most `count` buckets of points in their order, each of as many points, give or take one. */
export function bucketsOf(points: readonly Point[], count: number): Bucket[] {
  const made = Math.min(count, points.length);
  const first = (i: number) => Math.floor((i * points.length) / made);
  return Array.from({ length: made }, (_, i) => {
    const own = points.slice(first(i), first(i + 1));
    const mean = (of: (point: Point) => number) => own.reduce((sum, each) => sum + of(each), 0) / own.length;
    const ys = own.map(({ y }) => y);
    return { x: mean(({ x }) => x), mean: mean(({ y }) => y), low: Math.min(...ys), high: Math.max(...ys) };
  });
}
