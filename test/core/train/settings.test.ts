/** Changes of a recipe by path. */
import { expect, test } from "vitest";
import { parseSetting, withSetting } from "../../../core/train/settings.ts";

const recipe = {
  seed: 1,
  views: [{ size: 32, steps: ["flip"] }, { size: 16 }],
  none: [],
  norm: { group: 16 },
};
const after = (setting: string) => withSetting(recipe, parseSetting(setting));

test.each<[string, object]>([
  ["views.0.size=96", { views: [{ size: 96, steps: ["flip"] }, { size: 16 }] }],
  [
    "views.1.steps=[]",
    {
      views: [
        { size: 32, steps: ["flip"] },
        { size: 16, steps: [] },
      ],
    },
  ],
  ["views.0.steps.0=gray", { views: [{ size: 32, steps: ["gray"] }, { size: 16 }] }],
  ["views.0=null", { views: [{ size: 16 }] }],
  ["views.0.steps=null", { views: [{ size: 32 }, { size: 16 }] }],
  ["norm.group=null", { norm: {} }],
  ["norm=null", { norm: undefined }],
  ["a.b.c=3", { a: { b: { c: 3 } } }],
  ["seed.x=3", { seed: { x: 3 } }], // a value gives way to a record
])("%s", (setting, changes) => {
  const before = structuredClone(recipe);
  expect(after(setting)).toEqual({ ...recipe, ...changes });
  expect(recipe).toEqual(before);
});

test.each([
  ["views.2.size=96", "config: views.2: views is a list of 2; allowed: 0 to 1"],
  ["views.2=null", "config: views.2: views is a list of 2; allowed: 0 to 1"],
  ["views.-1.size=96", "config: views.-1: views is a list of 2; allowed: 0 to 1"],
  ["views.size=96", "config: views.size: views is a list of 2; allowed: 0 to 1"],
  ["views.0.steps.1=gray", "config: views.0.steps.1: views.0.steps is a list of 1; allowed: 0"],
  ["none.0=1", "config: none.0: none is a list of 0; set it as a whole"],
])("%s is refused", (setting, message) => {
  expect(() => after(setting)).toThrow(message);
});
