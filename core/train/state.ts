import type { Memory } from "../memory.ts";
import { size } from "../shape.ts";
import { bytesPerElement, leaves, type Tensor, type Tree, type Values, valuesOf } from "../tensor.ts";
import { type Arena, placeIn } from "./arena.ts";
import type { Checkpoint, CheckpointTensor } from "./checkpoint.ts";

/** Writes the first values of all state, drawn from streams keyed by the seed and each tensor's path. */
export function initialise(memory: Memory, tree: Tree, seed: number): void {
  for (const [path, leaf] of leaves(tree)) {
    if (leaf.origin.kind !== "state") throw new Error(`state: ${path} is not a state tensor`);
    const values = emptyLike(leaf);
    leaf.origin.init(values, { seed, path });
    memory.write(leaf, values);
  }
}

const emptyLike = (x: Tensor): Values =>
  new valuesOf[x.dtype](new ArrayBuffer(size(x.shape) * bytesPerElement[x.dtype]));

/** Convolution weights are OHWI on a device and OIHW, as torchvision has them, in a checkpoint. */
const isConvolution = (x: Tensor): boolean => x.shape.length === 4;

/** [a, m, b] -> [a, b, m]. */
function swapped(values: Values, [a, m, b]: readonly number[]): Values {
  const out = values.slice();
  for (let i = 0; i < a; i++)
    for (let j = 0; j < m; j++)
      for (let k = 0; k < b; k++) out[(i * b + k) * m + j] = values[(i * m + j) * b + k];
  return out;
}

/** A tensor under the names and in the layout of a checkpoint, which are torchvision's. */
function exported(path: string, x: Tensor, values: Values): [string, CheckpointTensor][] {
  const { shape, dtype } = x;
  if (path.endsWith(".running")) {
    const [mean, variance] = [values.slice(0, shape[1]), values.slice(shape[1])];
    return [
      [`${path}_mean`, { dtype, shape: [shape[1]], data: mean }],
      [`${path}_var`, { dtype, shape: [shape[1]], data: variance }],
    ];
  }
  if (!isConvolution(x)) return [[path, { dtype, shape, data: values }]];
  const [O, H, W, I] = shape;
  return [[path, { dtype, shape: [O, I, H, W], data: swapped(values, [O, H * W, I]) }]];
}

const ANOTHER = "it is of another architecture; use this run's own checkpoint";

/** The reverse of `exported`. Throws where the checkpoint lacks the tensor or has it in another shape. */
function imported(path: string, x: Tensor, tensors: Checkpoint["tensors"]): Values {
  const take = (name: string, shape: readonly number[]): Values => {
    const found = tensors.get(name);
    if (!found) throw new Error(`checkpoint: it has no ${name}; ${ANOTHER}`);
    if (found.dtype !== x.dtype || found.shape.join() !== shape.join())
      throw new Error(
        `checkpoint: ${name} is ${found.dtype} [${found.shape}], but the config makes it ${x.dtype} [${shape}]; ${ANOTHER}`,
      );
    return found.data;
  };
  if (path.endsWith(".running")) {
    const values = emptyLike(x);
    values.set(take(`${path}_mean`, [x.shape[1]]));
    values.set(take(`${path}_var`, [x.shape[1]]), x.shape[1]);
    return values;
  }
  if (!isConvolution(x)) return take(path, x.shape);
  const [O, H, W, I] = x.shape;
  return swapped(take(path, [O, I, H, W]), [O, I, H * W]);
}

/** The optimizer's slots as `optimizer.<slot>.<path>`: rows of the arena below the parameters. */
function slotsOf(tree: Tree, arena: Arena, slots: readonly string[]): [path: string, at: Tensor][] {
  const paths = new Map([...leaves(tree)].map(([path, leaf]) => [leaf, path]));
  return slots.flatMap((slot, i) =>
    [...arena.offsets.keys()].map((leaf): [string, Tensor] => [
      `optimizer.${slot}.${paths.get(leaf)}`,
      placeIn(arena, leaf, i + 1),
    ]),
  );
}

/** All state and the optimizer's slots, as a checkpoint has them. */
export async function exportState(
  memory: Memory,
  tree: Tree,
  arena: Arena,
  slots: readonly string[],
): Promise<Map<string, CheckpointTensor>> {
  const tensors = new Map<string, CheckpointTensor>();
  for (const [path, x] of [...leaves(tree), ...slotsOf(tree, arena, slots)])
    for (const [name, tensor] of exported(path, x, await memory.read(x))) tensors.set(name, tensor);
  return tensors;
}

/** Writes a checkpoint's tensors to all state, and to the optimizer's slots where an arena is given. */
export function importState(
  memory: Memory,
  tree: Tree,
  tensors: Checkpoint["tensors"],
  optimizer?: { arena: Arena; slots: readonly string[] },
): void {
  const slots = optimizer ? slotsOf(tree, optimizer.arena, optimizer.slots) : [];
  for (const [path, x] of [...leaves(tree), ...slots]) memory.write(x, imported(path, x, tensors));
}
