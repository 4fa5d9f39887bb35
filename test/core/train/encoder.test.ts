import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import { Memory } from "../../../core/memory.ts";
import { inference } from "../../../core/nn/index.ts";
import { compile } from "../../../core/program.ts";
import { state } from "../../../core/tensor.ts";
import { encoderOf } from "../../../core/train/encoder.ts";
import { initialise } from "../../../core/train/state.ts";
import { openTraining } from "../../../core/train/training.ts";
import { backends } from "../../backends.ts";
import { distance, uniform } from "../../numbers.ts";
import { noise, stateAt, tiny } from "./runs.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await backends["as, no threads"]();
});
afterAll(() => backend.close());

const SHAPE = [2, 16, 16, 3];

/** Features of images by an untrained encoder. */
async function features(sobel: boolean, images: Float32Array): Promise<ArrayLike<number>> {
  const encoder = encoderOf(tiny({ "encoder.sobel": sobel }), { height: 16, width: 16 });
  const memory = new Memory(backend);
  const x = state(SHAPE);
  const h = encoder(x, inference);
  const y = state(h.shape);
  const program = await compile(backend, memory, [[{ target: y, value: h }]]);
  initialise(memory, encoder.state, 1);
  memory.write(x, images);
  await program.run();
  const values = await memory.read(y);
  program.free();
  memory.free();
  return values;
}

describe("an encoder that sees through Sobel's filters", () => {
  const images = Float32Array.from({ length: 2 * 16 * 16 * 3 }, uniform("sobel"));
  const swapped = images.map((_, at) => images[at - (at % 3) + ((at + 1) % 3)]);

  test("cannot tell colours of one brightness apart, as others can", async () => {
    expect(distance(await features(true, swapped), await features(true, images))).toBeLessThan(1e-5); // f32
    expect(distance(await features(false, swapped), await features(false, images))).toBeGreaterThan(0.1);
  });

  test("is trained under the names of its network, whose first convolution has two channels", async () => {
    const training = await openTraining(tiny({ "encoder.sobel": true }), noise(), backend);
    const state = await stateAt(training, 1);
    training.free();
    expect(state.get("encoder.conv1.weight")?.shape).toEqual([4, 2, 3, 3]);
    expect(new Set(state.get("encoder.bn1.running_mean")?.data)).not.toContain(0); // it saw the batch
    expect([...state.values()].every(({ data }) => data.every(Number.isFinite))).toBe(true);
  });
});
