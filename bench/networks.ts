import { gradients } from "../core/autograd.ts";
import type { Backend, Executable } from "../core/backend.ts";
import { Memory } from "../core/memory.ts";
import { type Encoder, frozen, linear, resnet18, type Stem, trainingMode } from "../core/nn/index.ts";
import { ema, mean, sgd, softmaxCrossEntropy } from "../core/ops/index.ts";
import { BLOCK } from "../core/ops/owners.ts";
import { type Assignment, compile } from "../core/program.ts";
import { stream } from "../core/random.ts";
import { size } from "../core/shape.ts";
import { type Call, input, leaves, part, state, type Tensor } from "../core/tensor.ts";
import { layOut, placeIn } from "../core/train/arena.ts";
import { initialise } from "../core/train/state.ts";
import { operationsOf } from "./profile.ts";

/** A program on a backend, timed, and what it costs: operations, and those left where 3x3 convolutions go Winograd's way. */
export interface Network {
  run(repeats: number): Promise<number>;
  free(): void;
  /** Of intermediate tensors, as planned. */
  readonly bytes: number;
  readonly operations: { direct: number; winograd: number };
}

const CLASSES = 10;

/** Segments of the program of inference. */
const [ONCE, BATCHWISE] = [0, 1];

/** Features of a batch of square images by ResNet-18: running statistics, nothing learned. */
export async function openInference(
  backend: Backend,
  { stem, batch, side }: { stem: Stem; batch: number; side: number },
): Promise<Network> {
  const memory = new Memory(backend);
  const encoder: Encoder = resnet18({ stem });
  const x = input([batch, side, side, 3]);
  const target = state([batch, encoder.dimension]);
  const { counted, operations } = counting(backend);
  const mode = frozen();
  const features = encoder(x, mode);
  const program = await compile(counted, memory, [mode.kept, [{ target, value: features }]]);
  initialise(memory, encoder.state, 1);
  memory.write(x, noise(x));
  await program.run(ONCE); // weights folded and packed
  const free = () => [program, memory].forEach((each) => void each.free());
  return {
    run: timed(backend, memory, target, () => program.run(BATCHWISE)),
    free,
    bytes: program.memory.bytes,
    operations,
  };
}

/** A step of supervised learning, ResNet-18 with the CIFAR stem and a classifier: forward, backward, running statistics, SGD. */
export async function openTrainStep(backend: Backend, { batch }: { batch: number }): Promise<Network> {
  const memory = new Memory(backend);
  const encoder = resnet18({ stem: "cifar" });
  const head = linear(encoder.dimension, CLASSES);
  const tree = { encoder: encoder.state, head: head.state };
  const x = input([batch, 32, 32, 3]);
  const labels = input([batch], "u32");
  const mode = trainingMode();
  const loss = mean(softmaxCrossEntropy(head(encoder(x, mode), mode), labels));
  const learned = [...leaves(tree)].flatMap(([path, leaf]) => (path.endsWith(".running") ? [] : [leaf]));
  const arena = layOut(learned, { rows: 2 });
  for (const leaf of learned) memory.place(leaf, placeIn(arena, leaf));
  const grads = gradients(loss, learned);
  const vector = state([arena.width]);
  const result = state(loss.shape);
  const backward = learned.map((leaf, i): Assignment => {
    const target = part(vector, arena.offsets.get(leaf)!, leaf.shape);
    return { target, value: grads[i] };
  });
  const settings = input([1, 3]); // rate, momentum, decay
  const owners = input([arena.width / BLOCK], "u32");
  const kept = input([1]);
  const statistics = [...mode.observed].map(
    ([running, seen]): Assignment => ({ target: running, value: ema(running, seen, kept) }),
  );
  const { counted, operations } = counting(backend);
  const program = await compile(counted, memory, [
    [...backward, ...statistics, { target: result, value: loss }],
    [{ target: arena.base, value: sgd(arena.base, vector, settings, owners) }],
  ]);
  memory.write(arena.base, new Float32Array(size(arena.base.shape)));
  memory.write(vector, new Float32Array(arena.width));
  initialise(memory, tree, 1);
  memory.write(x, noise(x));
  memory.write(
    labels,
    Uint32Array.from({ length: batch }, (_, i) => i % CLASSES),
  );
  memory.write(settings, Float32Array.of(0.01, 0.9, 5e-4));
  memory.write(owners, new Uint32Array(arena.width / BLOCK));
  memory.write(kept, Float32Array.of(0.9));
  const free = () => [program, memory].forEach((each) => void each.free());
  return {
    run: timed(backend, memory, result, () => program.run()),
    free,
    bytes: program.memory.bytes,
    operations,
  };
}

function noise(x: Tensor): Float32Array<ArrayBuffer> {
  const random = stream(1, "bench");
  return Float32Array.from({ length: size(x.shape) }, () => 2 * random.uniform() - 1);
}

const timed =
  (backend: Backend, memory: Memory, result: Tensor, once: () => Promise<void>) =>
  async (repeats: number): Promise<number> => {
    const { storage, offset } = memory.locate(result);
    const start = performance.now();
    for (let i = 0; i < repeats; i++) await once();
    await backend.read(storage, offset, "f32", 1); // until the device has done it
    return performance.now() - start;
  };

/** A backend that counts the operations of what it compiles. */
function counting(backend: Backend): { counted: Backend; operations: { direct: number; winograd: number } } {
  const operations = { direct: 0, winograd: 0 };
  const isSquare3 = ({ op, u32 }: Call) =>
    op.startsWith("conv2d") && u32.KH === 3 && u32.KW === 3 && u32.stride === 1;
  async function count(...given: Parameters<Backend["compile"]>): Promise<Executable> {
    for (const { call } of given[0]) {
      const direct = operationsOf(call);
      operations.direct += direct;
      operations.winograd += isSquare3(call) ? direct / 4 : direct;
    }
    return backend.compile(...given);
  }
  return { counted: { ...backend, compile: count }, operations };
}
