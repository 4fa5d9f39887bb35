import { expect, test } from "vitest";
import { kernelLines } from "./kernels-report.ts";

const about = { device: "llvmpipe", driver: "Mesa 25", f16: true, subgroups: "8-8", subgroupMatrix: false };

test("one line tells of an adapter what ran there and what was only compiled", () => {
  const bare = { device: "null", driver: "", architecture: "", f16: false, subgroups: false };
  expect(
    kernelLines([
      { about, ran: ["add", "mul"] },
      { about, ran: ["mul"], compiled: ["mul", "relu"] },
      { about: bare, compiled: ["add"] },
    ]),
  ).toEqual([
    "WGSL on llvmpipe (Mesa 25; f16, subgroups of 8-8): 2 kernels run, 1 compiled only",
    "WGSL on null (no driver; no f16, no subgroups): 0 kernels run, 1 compiled only",
  ]);
});
