import { Column, ROW } from "../core/ops/viewRow.ts";

type Settings = Partial<Record<keyof typeof Column, number>>;

/** A packed order of the four jitters: the i-th of the list is applied at step i. */
export const packed = (order: ArrayLike<number>): number =>
  Array.from(order).reduce((sum, jitter, step) => sum | (jitter << (2 * step)), 0);

const NEUTRAL: Settings = { brightness: 1, contrast: 1, saturation: 1, order: packed([0, 1, 2, 3]) };

/** Rows of view parameters that change nothing but what is said. */
export function viewRows(views: readonly Settings[]): Float32Array {
  const rows = new Float32Array(views.length * ROW);
  views.forEach((view, i) => {
    for (const [name, value] of Object.entries({ ...NEUTRAL, ...view }))
      rows[i * ROW + Column[name as keyof typeof Column]] = value; // keys of Settings
  });
  return rows;
}
