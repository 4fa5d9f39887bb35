import { expect, test } from "vitest";
import { byName, classify, isImage, labelOf } from "../../../core/data/source.ts";

test("a label is the folder that an image lies in", () => {
  expect(["train/cat/1.jpg", "cat/1.jpg", "1.jpg"].map(labelOf)).toEqual(["cat", "cat", undefined]);
});

test("images are known by their extension, in any case, unless they are hidden", () => {
  expect(["a.jpg", "x/a.JPEG", "x.y/a.b.PnG", "a.webp"].every(isImage)).toBe(true);
  expect(["a.gif", "jpg", ".jpg", "x/.jpg", "x/._a.jpg", "a.jpg/b", "a.jpg.txt", ""].some(isImage)).toBe(
    false,
  );
});

test("names are ordered by code units, digits before capitals before small letters", () => {
  const names = ["b", "B", "a10", "a2", "ä", "a"].map((name) => ({ name }));
  expect(names.sort(byName).map(({ name }) => name)).toEqual(["B", "a", "a10", "a2", "b", "ä"]);
});

test("labels become indices into the sorted classes", () => {
  expect(classify(["dog", "cat", "dog"])).toEqual({
    labels: Uint32Array.of(1, 0, 1),
    classes: ["cat", "dog"],
  });
});

test("there are no labels if one is missing", () => {
  expect(classify(["dog", undefined])).toEqual({ labels: undefined, classes: ["dog"] });
  expect(classify([])).toEqual({ labels: undefined, classes: [] });
});
