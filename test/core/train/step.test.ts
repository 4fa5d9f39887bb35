/** One step and the next: gradients are slopes, updates are those of the formula. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import { openTraining } from "../../../core/train/training.ts";
import { backends } from "../../backends.ts";
import { distance } from "../../numbers.ts";
import { noise, type State, stateAt, tiny } from "./runs.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await backends["as, no threads"]();
});
afterAll(() => backend.close());

const SLOT = "optimizer.momentum.";
const parametersOf = (state: State) =>
  [...state.keys()].flatMap((key) => (key.startsWith(SLOT) ? [key.slice(SLOT.length)] : []));
const numbers = (state: State, name: string) => Float64Array.from(state.get(name)!.data);

/** A state with some tensors changed, element by element. */
const changed = (
  state: State,
  names: string[],
  change: (x: number, i: number, name: string) => number,
): State =>
  new Map(
    [...state].map(([name, tensor]) => {
      const data = names.includes(name)
        ? Float32Array.from(tensor.data, (x, i) => change(x, i, name))
        : tensor.data;
      return [name, { ...tensor, data }];
    }),
  );

/** One step of a run whose optimizer does not remember: its slots are then the gradient. */
async function stepFrom(step: number, tensors?: State, settings = {}) {
  const config = tiny({ "optimizer.momentum": 0, "optimizer.decay": 0, ...settings });
  const from = tensors && { step, tensors, metadata: {} };
  const training = await openTraining(config, noise(), backend, { from });
  const before = await training.save();
  await training.next();
  const after = await training.save();
  const [{ loss, rate }] = await training.drain();
  training.free();
  return { before, after, loss, rate, gradient: (name: string) => numbers(after, SLOT + name) };
}

test("the gradient of a whole step is the slope of its loss", async () => {
  const { before, gradient } = await stepFrom(0);
  const gradients = new Map(parametersOf(before).map((name) => [name, gradient(name)]));
  const squares = [...gradients.values()].map((g) => g.reduce((sum, x) => sum + x * x, 0));
  const steepness = Math.sqrt(squares.reduce((a, b) => a + b));
  const lossAt = async (distance: number) => {
    const step = distance / steepness;
    const move = (x: number, i: number, name: string) => x + step * gradients.get(name)![i];
    return (await stepFrom(0, changed(before, [...gradients.keys()], move))).loss;
  };
  const h = 1e-4; // further away, ReLUs that switch bend the loss: 1 % at 1e-3
  const slope = ((await lossAt(h)) - (await lossAt(-h))) / (2 * h);
  expect(Math.abs(slope / steepness - 1)).toBeLessThan(0.01); // 0.3 % here; f32 losses know it to 0.03 %
});

test("two updates are those of momentum, weight decay and the schedule, as on paper", async () => {
  const config = tiny();
  const { momentum, decay } = config.optimizer as { momentum: number; decay: number }; // the recipe has SGD
  const training = await openTraining(config, noise(), backend);
  const states = [await training.save(), await stateAt(training, 1), await stateAt(training, 2)];
  training.free();
  const alone = [await stepFrom(0, states[0]), await stepFrom(1, states[1])];
  for (const name of parametersOf(states[0])) {
    let p = numbers(states[0], name);
    let v = p.map(() => 0);
    for (const { gradient, rate } of alone) {
      const g = gradient(name);
      v = v.map((x, i) => momentum * x + g[i] + decay * p[i]);
      p = p.map((x, i) => x - rate * v[i]);
    }
    // A hundred ulps: what two updates in f32 may lose.
    expect(distance(states[2].get(name)!.data, p), name).toBeLessThan(1e-5);
    expect(distance(states[2].get(SLOT + name)!.data, v), name).toBeLessThan(1e-5);
  }
});

test("running statistics keep nine tenths of what they were at each step", async () => {
  const one = await stepFrom(0);
  const names = [...one.before.keys()].filter((name) => name.includes("running_"));
  const other = await stepFrom(
    0,
    changed(one.before, names, (x) => x + 1),
  );
  expect(names.length).toBe(2 * (20 + 2)); // of the encoder's and the projector's layers
  for (const name of names) {
    const [first, before, second] = [one.after, one.before, other.after].map((state) => numbers(state, name));
    expect(distance(first, before), name).toBeGreaterThan(1e-3);
    expect(
      distance(
        second.map((x, i) => x - first[i]),
        first.map(() => 0.9),
      ),
      name,
    ).toBeLessThan(1e-6); // f32
  }
});

test("groups of a batch that share statistics are the recipe's", async () => {
  const lossOf = async (settings: object) => (await stepFrom(0, undefined, settings)).loss;
  const [unsaid, all, halves] = [
    await lossOf({}),
    await lossOf({ "norm.group": 32 }), // images, with both views
    await lossOf({ "norm.group": 16 }),
  ];
  expect(Math.abs(all / unsaid - 1)).toBeLessThan(1e-6); // added up in another order
  expect(Math.abs(halves - all)).toBeGreaterThan(1e-3);
});
