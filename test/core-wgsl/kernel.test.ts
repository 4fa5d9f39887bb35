import { describe, expect, it } from "vitest";
import type { Call } from "../../core/tensor.ts";
import { checkCall, parseKernel } from "../../core-wgsl/kernel.ts";

const source = (workgroups: string) => `// y = value
//
// workgroups: ${workgroups}
const WG = 256;
const TILE: u32 = 64u;

struct Params {
  M: u32, N: u32, // rate: f32 is no field
  value: f32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage> z: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const DERIVED = TILE / 4;
`;

const call = (u32: Record<string, number>, f32: Record<string, number> = {}): Call => ({
  op: "thing",
  inputs: [],
  u32,
  f32,
  inPlace: false,
  gradient: () => [],
});

describe("a kernel's line of workgroups", () => {
  const extents = (line: string, fields: Record<string, number> = {}) =>
    parseKernel("thing", source(line)).workgroups(fields);

  it("divides by a constant of the file, rounding up", () => {
    expect(extents("M / WG", { M: 256 })).toEqual([1, 1, 1]);
    expect(extents("M / WG", { M: 257 })).toEqual([2, 1, 1]);
  });

  it("goes from left to right, parentheses first", () => {
    expect(extents("M * N / 2 / 3", { M: 5, N: 3 })).toEqual([3, 1, 1]); // 15 -> 8 -> 3
    expect(extents("(M / TILE) * (N / TILE)", { M: 65, N: 1 })).toEqual([2, 1, 1]);
  });

  it("takes up to three extents", () => {
    expect(extents("N / TILE, M / TILE, 7", { M: 100, N: 64 })).toEqual([1, 2, 7]);
    expect(() => extents("1, 2, 3, 4")).toThrow("wgsl: kernels/thing.wgsl: three workgroup extents at most");
  });

  it("clamps x alone, and refuses more than a device takes along the others", () => {
    expect(extents("M", { M: 1e6 })).toEqual([65535, 1, 1]);
    expect(() => extents("1, M", { M: 65536 })).toThrow("1 x 65536 x 1 workgroups; a device takes 65535");
  });

  it("names what it does not know", () => {
    expect(() => extents("K / WG")).toThrow("K is no integer, u32 field or constant");
    expect(() => extents("M / DERIVED", { M: 1 })).toThrow("DERIVED is no integer");
    expect(() => extents("M /", { M: 1 })).toThrow("nothing is no integer");
    expect(() => extents("(M / 2", { M: 1 })).toThrow("a parenthesis is not closed");
    expect(() => extents("M + 1", { M: 1 })).toThrow("+ is out of place");
  });

  it("must be there", () => {
    expect(() => parseKernel("thing", "// y = x\n")).toThrow("there is no line `// workgroups: X[, Y[, Z]]`");
  });
});

describe("a kernel's constants", () => {
  const kernel = parseKernel("thing", source("M / WG"));

  it("are the file's integers", () => {
    expect(kernel.constants).toEqual({ WG: 256, TILE: 64 });
  });

  it("are replaced where they are given, in code and dispatch alike", () => {
    expect(kernel.code({ WG: 64, TILE: 32 })).toContain("const WG = 64;\nconst TILE: u32 = 32u;\n");
    expect(kernel.workgroups({ M: 257 }, { WG: 64 })).toEqual([5, 1, 1]);
    expect(kernel.code()).toBe(source("M / WG"));
  });

  it("cannot be made up", () => {
    expect(() => kernel.code({ BK: 8 })).toThrow("kernels/thing.wgsl: there is no line `const BK = ...;`");
  });
});

describe("a kernel's operands", () => {
  const text = `${source("M / WG")}const LARGEST = 2147483647;\nalias Operand = f32;\n`;

  it("are f16 where that is asked for, of which the largest is 65504", () => {
    const kernel = parseKernel("thing", text);
    expect(kernel.takesF16).toBe(true);
    expect(kernel.code()).toBe(text);
    const code = kernel.code({ WG: 64 }, "f16");
    expect(code.startsWith("enable f16;\n")).toBe(true);
    expect(code).toContain("\nalias Operand = f16;\n");
    const [, bits] = /LARGEST = (\d+);/.exec(code)!;
    expect(new Float32Array(Uint32Array.of(Number(bits)).buffer)[0]).toBe(65504);
    expect(code).toContain("const WG = 64;");
  });

  it("are f32 where the kernel does not say that they have a type of their own", () => {
    const kernel = parseKernel("thing", source("M / WG"));
    expect(kernel.takesF16).toBe(false);
    expect(kernel.code({}, "f16")).toBe(source("M / WG"));
  });
});

describe("a kernel and its op", () => {
  const kernel = parseKernel("thing", source("M / WG"));

  it("agree on fields and inputs", () => {
    expect(kernel.fields).toEqual(["M: u32", "N: u32", "value: f32"]);
    expect(() => checkCall(kernel, call({ M: 1, N: 2 }, { value: 3 }), 2)).not.toThrow();
  });

  it("are told apart by order, number or type of fields, and by inputs", () => {
    const rule =
      "wgsl: thing: the op gives { N: u32, M: u32, value: f32 }; Params has { M: u32, N: u32, value: f32 }";
    expect(() => checkCall(kernel, call({ N: 1, M: 2 }, { value: 3 }), 2)).toThrow(rule);
    expect(() => checkCall(kernel, call({ M: 1, N: 2, value: 3 }), 2)).toThrow("value: u32 }; Params has");
    expect(() => checkCall(kernel, call({ M: 1, N: 2 }, { value: 3 }), 1)).toThrow(
      "wgsl: thing: the op gives 1 inputs; the kernel binds 2",
    );
  });
});
