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

const readKernel = (name: string) => readFileSync(new URL(`${name}.wgsl`, folder), "utf8");

/** Writes to components of vectors that threads share, as text: `strip[3].x = ` and `strip[3][n % 4] = `. */
function componentWrites(source: string): string[] {
  const code = source.replace(/\/\/.*/g, "");
  const shared = [...code.matchAll(/var<(?:workgroup|storage, read_write)>\s*(\w+)\s*:[^;]*\bvec[234]/g)];
  const names = shared.map(([, name]) => name).join("|");
  const write = new RegExp(
    `\\b(?:${names})\\s*\\[[^=;]*\\](?:\\.[xyzwrgba]+|\\[[^=;\\]]*\\])\\s*[-+*/]?=[^=]`,
    "g",
  );
  return names ? [...code.matchAll(write)].map(([text]) => text) : [];
}

// Such a write may read, change and write back all of the vector, over what another thread has written meanwhile: so
// Metal does. https://github.com/gpuweb/gpuweb/issues/2112
test.each(kernels)("%s writes whole vectors where threads share them", (name) => {
  expect(componentWrites(readKernel(name))).toEqual([]);
});

test("a write to a component is found", () => {
  const code = (line: string) => `var<workgroup> strip: array<vec4<Operand>, 64>; fn main() { ${line} }`;
  for (const line of ["strip[(k + 1) * 4][m % 4] = 1;", "strip[at].x = 1;", "strip[at][0] += values[i];"])
    expect(componentWrites(code(line))).toHaveLength(1);
  for (const line of [
    "strip[at] = v;",
    "let x = strip[at].x; strip[k] = v;",
    "if (strip[at][0] == y[1]) { }",
  ])
    expect(componentWrites(code(line))).toEqual([]);
});

test.each(kernels)("%s compiles", async (name) => {
  const kernel = parseKernel(name, readKernel(name));
  await build(name, kernel.code());
  if (kernel.takesF16) await build(`${name} in f16`, kernel.code({}, "f16"));
});

test("that device has the features that kernels may use", ({ task }) => {
  task.meta.kernels = { about: gpu.adapter.description, compiled };
  expect(gpu.adapter.features).toEqual(
    expect.arrayContaining(["shader-f16", "subgroups", "chromium-experimental-subgroup-matrix"]),
  );
});
