import { expect, test } from "vitest";
import { featureFiles } from "../../core/extract.ts";
import { npyChunks } from "../../core/npy.ts";

test("a name of two lines cannot stand in the list beside an .npy file", () => {
  const values = new Float32Array(2);
  const features = { values, count: 1, dimension: 2, names: ["a\nb.png"], classes: [] };
  expect(() => featureFiles("x.npy", features)).toThrow(
    'extract: a name of more than one line cannot stand in a list: "a\\nb.png"; use .safetensors',
  );
  expect(featureFiles("x.safetensors", features)).toHaveLength(1);
});

test("values that misfit their shape are refused", () => {
  expect(() => [...npyChunks([2, 3], new Float32Array(5))]).toThrow("npy: [2, 3] takes 6 values, not 5");
});
