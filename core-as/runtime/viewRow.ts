// A row of view parameters (core/ops/viewRow.ts), in bytes.

export const ROW_BYTES: usize = 48;

export const TOP: usize = 0;
export const LEFT: usize = 4;
export const HEIGHT: usize = 8;
export const WIDTH: usize = 12;
export const FLIP: usize = 16;
export const JITTER: usize = 20;
/** Factors of brightness, contrast, saturation and hue. */
export const FACTORS: usize = 24;
export const ORDER: usize = 40;
export const GRAY: usize = 44;
