/** Features of an encoder and of its layers, as runs and checkpoints have them. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import { Memory } from "../../../core/memory.ts";
import { inference } from "../../../core/nn/index.ts";
import { compile } from "../../../core/program.ts";
import { input, state } from "../../../core/tensor.ts";
import { encoderOf } from "../../../core/train/encoder.ts";
import { extractFeatures, extractLayers } from "../../../core/train/extractFeatures.ts";
import { initialise } from "../../../core/train/state.ts";
import { openTraining } from "../../../core/train/training.ts";
import { backends } from "../../backends.ts";
import { distance } from "../../numbers.ts";
import { bitsOf, noise, stateAt, tiny } from "./runs.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await backends["as, no threads"]();
});
afterAll(() => backend.close());

const COUNT = 5;

test("a layer's features are its mean over pixels, of images that are only normalised", async () => {
  const [config, images] = [tiny(), noise(COUNT)];
  const encoder = encoderOf(config, images);
  const x = input([COUNT, images.height, images.width, 3]);
  const { layer2 } = encoder.layers(x, inference);
  const [target, memory] = [state(layer2.shape), new Memory(backend)];
  const program = await compile(backend, memory, [[{ target, value: layer2 }]]);
  initialise(memory, { encoder: encoder.state }, config.seed);
  const { mean, std } = config.normalize;
  memory.write(
    x,
    Float32Array.from(images.pixels, (value, i) => (value / 255 - mean[i % 3]) / std[i % 3]),
  );
  await program.run();
  const activations = await memory.read(target);
  program.free();
  memory.free();

  const [, H, W, C] = layer2.shape;
  const expected = Array.from({ length: COUNT * C }, (_, at) => {
    let sum = 0;
    for (let p = 0; p < H * W; p++) sum += activations[(Math.floor(at / C) * H * W + p) * C + (at % C)];
    return sum / (H * W);
  });
  const found = await extractFeatures(backend, config, images, undefined, { layer: "layer2" });
  expect(found).toMatchObject({ count: COUNT, dimension: C });
  expect(distance(found.values, expected)).toBeLessThan(1e-6); // f32
});

test("one pass gives the layers that are named, or all, each as it is alone", async () => {
  const [config, images] = [tiny(), noise(COUNT)];
  const all = await extractLayers(backend, config, images);
  expect([...all.keys()]).toEqual(["conv1", "layer1", "layer2", "layer3", "layer4", "output"]);
  const two = await extractLayers(backend, config, images, undefined, { layers: ["layer3", "output"] });
  expect([...two.keys()]).toEqual(["layer3", "output"]);
  expect(two.get("layer3")).toEqual(all.get("layer3"));
  expect(await extractFeatures(backend, config, images)).toEqual(all.get("output"));
});

test.each(Object.keys(backends))(
  "a training under way gives the features of its state as it is, as often as it is asked, on %s",
  async (name) => {
    const own = await backends[name]();
    const [config, images] = [tiny(), noise(70)]; // more than a batch
    const training = await openTraining(config, images, own);
    const program = await training.features(images);
    const asked = async () => (await program.of(images)).get("output");
    for (const step of [1, 2]) {
      const tensors = await stateAt(training, step);
      const found = await asked();
      expect(await asked()).toEqual(found);
      expect(bitsOf(await training.save())).toEqual(bitsOf(tensors)); // and changes nothing
      const saved = await extractFeatures(own, config, images, { step, tensors, metadata: {} });
      expect(distance(found!.values, saved.values)).toBeLessThan(1e-6); // f32, in batches of another size
    }
    training.free();
    expect(own.usage()).toEqual({ bytes: 0, storages: 0 });
    await own.close();
  },
);

test("a layer that is not there is refused, and all memory is given back", async () => {
  const refused = extractFeatures(backend, tiny(), noise(COUNT), undefined, { layer: "toString" });
  await expect(refused).rejects.toThrow(
    "features: there is no layer toString; there is conv1, layer1, layer2, layer3, layer4, output",
  );
  expect(backend.usage()).toEqual({ bytes: 0, storages: 0 });
});
