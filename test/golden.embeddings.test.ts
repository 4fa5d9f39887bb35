/** Label-free progress as numpy and PyTorch compute it (golden/embeddings.py). */
import { expect, test } from "vitest";
import { progressOf } from "../core/eval/embeddings.ts";
import { golden } from "./golden.ts";

const embeddings = golden("embeddings");

test.each(["tall", "wide", "many"])("std, rank, alignment and uniformity are theirs: %s", (name) => {
  const views = ["z1", "z2"].map((view) => {
    const [count, dimension] = embeddings.shape(`${name}.${view}`);
    return { values: embeddings.values(`${name}.${view}`), count, dimension };
  });
  const { std, rank, alignment, uniformity } = progressOf(views);
  const theirs = embeddings.f32(`${name}.progress`);
  for (const [i, value] of [std, rank, alignment!, uniformity].entries())
    expect(Math.abs(value / theirs[i] - 1)).toBeLessThan(1e-7); // as float32 stores them
});
