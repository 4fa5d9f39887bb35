import type { Backend } from "../core/backend.ts";
import { Memory } from "../core/memory.ts";
import { compile } from "../core/program.ts";
import { stream } from "../core/random.ts";
import { type Shape, size } from "../core/shape.ts";
import { input, state, type Tensor } from "../core/tensor.ts";
import { openBackend as openAs } from "../core-as/node.ts";
import { openBackend as openWgsl } from "../core-wgsl/index.ts";
import type { Contestant } from "./contestant.ts";

/** Something to compute, and what it costs. */
export interface Case {
  readonly name: string;
  readonly shape: string;
  /** Multiplications and additions. */
  readonly operations: number;
  readonly inputs: readonly Shape[];
  /** Rows of inputs are scaled to unit length. */
  readonly unitRows?: boolean;
  build(inputs: Tensor[]): Tensor | readonly Tensor[];
}

export const openBackend = (name: "as" | "wgsl", threads: number, revectorize: boolean): Promise<Backend> =>
  name === "wgsl" ? openWgsl() : openAs({ threads, revectorize });

/** Whether V8 pairs vectors, which doubles what the machine can do. */
export const pairs = ({ description }: Backend): boolean => description.revectorized === "yes";

/** Everything that identifies a backend, on one line. */
export const describe = ({ name, description }: Backend): string =>
  `${name}: ${Object.entries(description)
    .map((pair) => pair.join(" "))
    .join(", ")}`;

/** Rows of so many numbers, scaled to unit length in place. */
export function unit(values: Float32Array<ArrayBuffer>, D: number): Float32Array<ArrayBuffer> {
  for (let at = 0; at < values.length; at += D) {
    const row = values.subarray(at, at + D);
    const length = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
    row.forEach((x, d) => {
      row[d] = x / length;
    });
  }
  return values;
}

/** A backend as a contestant: each case a program of its own, on numbers from [-1, 1). Closes the backend with it. */
export async function ours(backend: Backend, cases: readonly Case[]): Promise<Contestant> {
  const memory = new Memory(backend);
  const random = stream(1, "bench");
  const runs = new Map<string, (repeats: number) => Promise<number>>();
  for (const { name, inputs, unitRows, build } of cases) {
    const given = inputs.map((shape) => input(shape));
    const results = [build(given)].flat().map((value) => ({ target: state(value.shape), value }));
    const program = await compile(backend, memory, [results]);
    for (const x of given) {
      const values = Float32Array.from({ length: size(x.shape) }, () => 2 * random.uniform() - 1);
      memory.write(x, unitRows ? unit(values, x.shape[1]) : values);
    }
    const { storage, offset } = memory.locate(results[0].target);
    runs.set(name, async (repeats) => {
      const start = performance.now();
      for (let i = 0; i < repeats; i++) await program.run();
      await backend.read(storage, offset, "f32", 1); // until the device has done it
      return performance.now() - start;
    });
  }
  const { threads } = backend.description;
  return {
    name: backend.name,
    threads: typeof threads === "number" ? threads : undefined,
    cases: runs,
    close: () => backend.close(),
  };
}
