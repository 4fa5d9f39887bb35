/** What a round's gradient program leaves on the device: gradients, then what running statistics take in. */
export interface GradientVector {
  readonly length: number;
  read(): Promise<Float32Array>;
  write(values: Float32Array): void;
}

/**
 * The seam between computing gradients and applying them: the only place that knows whether a batch has shards
 * elsewhere. When `reduce` resolves, the vector holds the sum over all shards of the round.
 */
export interface Aggregator {
  reduce(round: number, shard: number, vector: GradientVector): Promise<void>;
}

/** One machine, one shard: the vector is its own sum, and never leaves the device. */
export const local: Aggregator = { async reduce() {} };
