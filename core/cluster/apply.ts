import type { Backend } from "../backend.ts";
import { scoped } from "../freeing.ts";
import { Memory } from "../memory.ts";
import { inference, type Layer } from "../nn/index.ts";
import { compile } from "../program.ts";
import { input, leaves, state, type Tensor, type Values } from "../tensor.ts";
import { chunks, type Rows } from "./rows.ts";

const CHUNK = 2048; // rows at once

/** What a layer makes of rows in use, not training; `read` gives its state. [N, D] -> [N, E] */
export async function apply(
  backend: Backend,
  layer: Layer,
  rows: Rows,
  read: (x: Tensor) => Promise<Values>,
): Promise<Rows> {
  const { count, dimension } = rows;
  using memory = scoped(new Memory(backend));
  const x = input([Math.min(count, CHUNK), dimension]);
  const y = layer(x, inference);
  const target = state(y.shape);
  using program = scoped(await compile(backend, memory, [[{ target, value: y }]]));
  for (const [, leaf] of leaves(layer.state)) memory.write(leaf, await read(leaf));
  const width = y.shape[1];
  const values = new Float32Array(count * width);
  for (const { first, own, chunk } of chunks(rows, x.shape[0], new Float32Array(dimension))) {
    memory.write(x, chunk);
    await program.run();
    values.set(((await memory.read(target)) as Float32Array).subarray(0, own * width), first * width);
  }
  return { values, count, dimension: width };
}
