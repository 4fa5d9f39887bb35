/** README's program, and drawings in place of the data that it reads. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { archive } from "./cli/tinyRun.ts";
import { slopes } from "./core/data/images.ts";

const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
export const program = /```ts\n(.*?)```/s.exec(readme)![1];

/** Writes data/cifar10/train.tar and test.tar into a folder. */
export async function drawData(folder: string): Promise<void> {
  const data = join(folder, "data/cifar10");
  mkdirSync(data, { recursive: true });
  const drawn = (count: number, phase: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, i) => [`${i % 2 ? "a" : "b"}/${i}.png`, slopes(8, 8, phase + i)]),
    );
  await archive(data, "train.tar", drawn(130, 0));
  await archive(data, "test.tar", drawn(10, 7));
}
