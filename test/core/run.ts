import type { Backend } from "../../core/backend.ts";
import { Memory } from "../../core/memory.ts";
import { type Assignment, compile } from "../../core/program.ts";
import type { Tensor, Values } from "../../core/tensor.ts";

/** A leaf and what the host writes to it. */
export const holds = (leaf: Tensor, ...values: number[]): [Tensor, Float32Array] => [
  leaf,
  Float32Array.from(values),
];

/** Compiles segments of assignments, writes leaves, runs all once; reads tensors as text: "1 2 3". */
export async function run(
  backend: Backend,
  segments: readonly (readonly Assignment[])[],
  given: readonly [Tensor, Values][],
  wanted: readonly Tensor[],
): Promise<{ results: string[]; commands: number; bytes: number }> {
  const memory = new Memory(backend);
  const program = await compile(backend, memory, segments);
  for (const [leaf, values] of given) memory.write(leaf, values);
  await program.run();
  const results: string[] = [];
  for (const x of wanted) results.push((await memory.read(x)).join(" "));
  program.free();
  memory.free();
  const { commands, bytes } = program.memory;
  return { results, commands, bytes };
}
