/**
 * WGSL kernels: what a file in kernels/ says about itself.
 *
 * A kernel is kernels/<op>.wgsl, found by the op's name; valid WGSL alone, one entry point `main`; it opens
 * with the formula and the plan. What the backend expects of it:
 *
 * - Bindings, all in @group(0), counted from 0: the inputs in order (`var<storage, read>`), the output
 *   (`var<storage, read_write>`), then `var<uniform> params: Params`. An op in place does not bind its first
 *   input: the output holds its values.
 * - The fields of `struct Params` are the op's u32 fields, then its f32 fields, by name and in order. An op
 *   without fields has no Params and no such binding.
 * - u8 tensors are bound as array<u32> and unpacked; a tensor's last word is readable and writable as a
 *   whole. Bindings end on a multiple of 16 bytes, so array<vec4<f32>> will do where the innermost extent is
 *   a multiple of 4.
 * - A comment line `// workgroups: X[, Y[, Z]]` says the dispatch. Each extent is a product or quotient,
 *   evaluated from left to right, of integers, u32 fields, integer constants of the file and parentheses; `/`
 *   rounds up. X alone is clamped to what a device takes (65535), hence such kernels stride over the grid:
 *
 *       for (var i = id.x; i < params.size; i += groups.x * WG) // @builtin(num_workgroups) groups
 *
 *   With Y or Z given, an extent beyond that is an error.
 * - Leading lines `const NAME = <integer>;` are what the backend may rewrite: sizes of tiles and workgroups.
 * - A line `alias Operand = f32;` says that operands, f32 where they are stored, are rounded to this type before they
 *   are multiplied; the backend may write f16 there. Then LARGEST is the bits of 65504, and what exceeds it becomes NaN.
 * - kernels/<op>.subgroupMatrix.wgsl, with the same bindings, stands in for an op whose operands are to be f16, where an
 *   adapter has such matrices; its constant SUBGROUP is their threads.
 * - Vectors in memory that threads share are written whole: a write to a component may write back all of it.
 * - Loads and stores in the overhang are guarded, and nobody returns before a barrier. No atomics on floats,
 *   no assumed subgroup size, at most 16 KiB of workgroup memory and 256 invocations: WebGPU's default
 *   limits.
 */
import type { Precision } from "../core/backend.ts";
import type { Call } from "../core/tensor.ts";

/** Constants that replace a kernel's own, by name. */
export type Constants = Readonly<Record<string, number>>;

export interface Kernel {
  readonly name: string;
  /** The leading constants with the values that the file gives them. */
  readonly constants: Constants;
  /** The fields of `struct Params`, as "name: type". */
  readonly fields: readonly string[];
  /** How many storage buffers are bound read-only. */
  readonly inputs: number;
  /** Whether its operands may be f16. */
  readonly takesF16: boolean;
  /** WGSL with some of the constants replaced, and operands of this type where it has any. */
  code(constants?: Constants, precision?: Precision): string;
  /** Workgroups along x, y and z for these u32 fields. */
  workgroups(fields: Constants, constants?: Constants): Workgroups;
}

export type Workgroups = readonly [x: number, y: number, z: number];

/** The guaranteed maxComputeWorkgroupsPerDimension, which no known device exceeds. */
const MOST_WORKGROUPS = 65535;

/** The line by which a kernel says that its operands have a type of their own. */
const OPERAND = "\nalias Operand = f32;";
/** The bits of f16's largest number, 65504, in f32: the constant LARGEST of kernels with such operands. */
const LARGEST_F16 = 0x477fe000;

const CONSTANT = /^const (\w+)(?:\s*:\s*[ui]32)?\s*=\s*(\d+)u?\s*;/gm;

/** Reads the text of kernels/<name>.wgsl. Throws where it breaks a convention, naming the file. */
export function parseKernel(name: string, source: string): Kernel {
  const fail = (rule: string): never => {
    throw new Error(`wgsl: kernels/${name}.wgsl: ${rule}`);
  };
  const own = Object.fromEntries(
    [...source.matchAll(CONSTANT)].map(([, key, value]) => [key, Number(value)]),
  );
  const [, line = fail("there is no line `// workgroups: X[, Y[, Z]]`")] =
    /^\/\/ workgroups:(.*)$/m.exec(source) ?? [];
  const terms = line.split(",").map((term) => term.trim());
  if (terms.length > 3) fail(`three workgroup extents at most; got${line}`);
  const code = source.replace(/\/\/.*/g, "");
  const fields = [...(/struct Params\s*{([^}]*)}/.exec(code)?.[1] ?? "").matchAll(/(\w+)\s*:\s*(\w+)/g)];

  return {
    name,
    constants: own,
    fields: fields.map(([, field, type]) => `${field}: ${type}`),
    inputs: [...code.matchAll(/@binding\(\d+\)\s*var<storage(\s*,\s*read)?>/g)].length,

    takesF16: source.includes(OPERAND),

    code(constants = {}, precision = "f32") {
      for (const key of Object.keys(constants))
        if (!(key in own)) fail(`there is no line \`const ${key} = ...;\``);
      const halved = precision === "f16" && source.includes(OPERAND);
      const given = halved ? { ...constants, LARGEST: LARGEST_F16 } : constants;
      const code = source.replace(CONSTANT, (text, key, value) =>
        key in given ? text.replace(new RegExp(`${value}(?=u?\\s*;)`), String(given[key])) : text,
      );
      return halved ? `enable f16;\n${code.replace(OPERAND, "\nalias Operand = f16;")}` : code;
    },

    workgroups(given, constants = {}) {
      const names = { ...given, ...own, ...constants };
      const [x, y, z] = terms.map((term) => evaluate(term, names, fail));
      if (y === undefined) return [Math.min(x, MOST_WORKGROUPS), 1, 1];
      if (Math.max(x, y, z ?? 1) > MOST_WORKGROUPS)
        fail(`${[x, y, z ?? 1].join(" x ")} workgroups; a device takes ${MOST_WORKGROUPS} along each axis`);
      return [x, y, z ?? 1];
    },
  };
}

/** A product or quotient from left to right, with parentheses; quotients round up. */
function evaluate(text: string, names: Constants, fail: (rule: string) => never): number {
  const tokens = text.match(/\w+|[^\s\w]/g) ?? [];
  let at = 0;
  function product(): number {
    let value = factor();
    while (tokens[at] === "*" || tokens[at] === "/")
      value = tokens[at++] === "*" ? value * factor() : Math.ceil(value / factor());
    return value;
  }
  function factor(): number {
    const token = tokens[at++];
    if (token === "(") {
      const value = product();
      return tokens[at++] === ")" ? value : fail(`workgroups: a parenthesis is not closed in ${text}`);
    }
    const value = /^\d+$/.test(token) ? Number(token) : names[token];
    return value ?? fail(`workgroups: ${token ?? "nothing"} is no integer, u32 field or constant`);
  }
  const value = product();
  return at === tokens.length ? value : fail(`workgroups: ${tokens[at]} is out of place in ${text}`);
}

/** Throws where a kernel does not bind what the op gives: so many read-only buffers, and the call's fields. */
export function checkCall(kernel: Kernel, call: Call, inputs: number): void {
  const given = [
    ...Object.keys(call.u32).map((field) => `${field}: u32`),
    ...Object.keys(call.f32).map((field) => `${field}: f32`),
  ];
  if (given.join() !== kernel.fields.join())
    throw new Error(
      `wgsl: ${kernel.name}: the op gives { ${given.join(", ")} }; Params has { ${kernel.fields.join(", ")} }`,
    );
  if (inputs !== kernel.inputs)
    throw new Error(`wgsl: ${kernel.name}: the op gives ${inputs} inputs; the kernel binds ${kernel.inputs}`);
}
