/** Sobel's filters as PyTorch's convolution has them (golden/sobel.py). */
import { test } from "vitest";
import { sobel } from "../core/ops/index.ts";
import { input } from "../core/tensor.ts";
import { golden, onEachBackend } from "./golden.ts";

const values = golden("sobel");

onEachBackend((compute) => {
  test("they are PyTorch's convolution of the mean over channels", async () => {
    const x = input(values.shape("x"));
    values.expectEqual("y", (await compute([sobel(x)], new Map([[x, values.f32("x")]])))[0]);
  });
});
