/** Every kernel as it would be built for a device that has all features, on Dawn's backend that computes nothing. */
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Device, openDevice } from "../../core-wgsl/device.ts";
import { parseKernel } from "../../core-wgsl/kernel.ts";

const folder = new URL("../../core-wgsl/kernels/", import.meta.url);
const kernels = readdirSync(folder).map((file) => file.replace(/\.wgsl$/, ""));
const compiled: string[] = [];
let gpu: Device;
beforeAll(async () => {
  gpu = await openDevice({ dawn: ["backend=null"], precision: "f16" });
});
afterAll(() => gpu?.close());

async function build(name: string, code: string): Promise<void> {
  const module = await gpu.checked(name, () => gpu.device.createShaderModule({ code }));
  await gpu.device.createComputePipelineAsync({ layout: "auto", compute: { module } });
  compiled.push(name);
}

test.each(kernels)("%s compiles", async (name) => {
  const kernel = parseKernel(name, readFileSync(new URL(`${name}.wgsl`, folder), "utf8"));
  await build(name, kernel.code());
  if (kernel.takesF16) await build(`${name} in f16`, kernel.code({}, "f16"));
});

test("that device has the features that kernels may use", ({ task }) => {
  task.meta.kernels = { about: gpu.adapter.description, compiled };
  expect(gpu.adapter.features).toEqual(
    expect.arrayContaining(["shader-f16", "subgroups", "chromium-experimental-subgroup-matrix"]),
  );
});
