import type { Drawing } from "./images.ts";

/** A record of CIFAR's binary version: labels, then planes of red, green and blue. */
export function cifarRecord(labels: number | number[], { data }: Drawing): Buffer {
  const planes = [0, 1, 2].map((c) => data.filter((_, i) => i % 4 === c));
  return Buffer.concat([Buffer.from([labels].flat()), ...planes.map((plane) => Buffer.from(plane))]);
}
