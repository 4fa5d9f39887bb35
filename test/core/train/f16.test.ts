/** Runs whose products have f16 operands. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import { createLossScale } from "../../../core/train/lossScale.ts";
import { openTraining } from "../../../core/train/training.ts";
import { openBackend as openAs } from "../../../core-as/node.ts";
import { openBackend } from "../../../core-wgsl/index.ts";
import { distance } from "../../numbers.ts";
import { bitsOf, noise, type State, stateAt, tiny } from "./runs.ts";

const SCALE = "precision.loss_scale";
let wgsl: Backend;
beforeAll(async () => {
  wgsl = await openBackend();
});
afterAll(() => wgsl.close());

/** State and metrics after some steps, begun from scratch or from another's state. */
async function after(steps: number, settings: object, from?: [step: number, state: State], backend = wgsl) {
  const checkpoint = from && { step: from[0], tensors: from[1], metadata: {} };
  const training = await openTraining(tiny({ batchSize: 48, ...settings }), noise(), backend, {
    from: checkpoint,
  });
  const state = await stateAt(training, steps);
  const rows = await training.drain();
  training.free();
  return { state, rows, precision: training.precision };
}

describe("a run in f16", () => {
  let [one, six]: Awaited<ReturnType<typeof after>>[] = []; // after so many steps
  beforeAll(async () => {
    one = await after(1, { precision: "f16" });
    six = await after(6, { precision: "f16" });
  });

  test("stays near that in f32, and is another", async () => {
    const [half, full] = [six, await after(6, {})];
    // On noise the losses of two runs part, as they do for another order of additions: 0.01 % at first, then 2 %.
    half.rows.forEach(({ loss }, i) => {
      expect(Math.abs(loss / full.rows[i].loss - 1)).toBeLessThan(i ? 0.04 : 0.001);
    });
    expect(half.rows[5].loss).not.toBe(full.rows[5].loss);
    expect(half.rows.every(({ lossScale }) => lossScale <= 65536 && lossScale >= 1)).toBe(true);
    expect(full.rows[0]).not.toHaveProperty("lossScale");
    expect(full.state.has(SCALE)).toBe(false);
  });

  test("begins with the gradient of that in f32", async () => {
    const [half, full] = [one, await after(1, {})];
    const gradient = ({ state }: { state: State }, of: string) =>
      [...state].flatMap(([name, { data }]) =>
        name.startsWith(`optimizer.momentum.${of}`) ? Array.from(data) : [],
      );
    const apart = (of: string) => distance(gradient(half, of), gradient(full, of));
    expect(apart("projector.4")).toBeLessThan(0.02);
    expect(apart("encoder")).toBeLessThan(0.3); // so far as in f32 by weights that are moved by 2^-11 of themselves
  });

  test("leaves all state as it was where gradients overflow, and halves the scale until they do not", async () => {
    const begun = one.state;
    const large = new Map(begun).set(SCALE, { dtype: "f32", shape: [2], data: Float32Array.of(2 ** 90, 7) });
    const { state, rows } = await after(3, { precision: "f16" }, [1, large]);
    expect(rows.map(({ lossScale }) => lossScale)).toEqual([2 ** 90, 2 ** 89]);
    expect(rows.every(({ loss }) => Number.isFinite(loss))).toBe(true);
    const { [SCALE]: _, ...kept } = bitsOf(state);
    const { [SCALE]: __, ...before } = bitsOf(begun);
    expect(kept).toEqual(before);
    expect(Array.from(state.get(SCALE)!.data)).toEqual([2 ** 88, 0, 2]);
    const fits = new Map(state).set(SCALE, { dtype: "f32", shape: [2], data: Float32Array.of(4, 0) });
    const next = bitsOf((await after(4, { precision: "f16" }, [3, fits])).state);
    expect(next).not.toEqual({ ...before, [SCALE]: next[SCALE] });
  });

  test("ends with the same bits where it was stopped and went on", async () => {
    const stopped = (await after(3, { precision: "f16" })).state;
    const resumed = (await after(6, { precision: "f16" }, [3, stopped])).state;
    expect(bitsOf(resumed)).toEqual(bitsOf(six.state));
  });

  test("is one in f32 where the backend has no f16", async () => {
    const cpu = await openAs({ threads: 1 });
    const [asked, full] = [
      await after(2, { precision: "f16" }, undefined, cpu),
      await after(2, {}, undefined, cpu),
    ];
    await cpu.close();
    expect(asked.precision).toBe("f32");
    expect(bitsOf(asked.state)).toEqual(bitsOf(full.state));
  });
});

describe("the loss's scale", () => {
  test("doubles after 2000 steps without overflow, and is halved by one", () => {
    const scale = createLossScale();
    for (let i = 0; i < 1999; i++) scale.update(false);
    expect(scale.value).toBe(65536);
    scale.update(false);
    expect(scale.value).toBe(131072);
    for (let i = 0; i < 1999; i++) scale.update(false);
    scale.update(true);
    expect(scale.value).toBe(65536);
    scale.update(false);
    expect(scale.value).toBe(65536);
  });

  test("goes on from where it was saved", () => {
    const scale = createLossScale();
    for (let i = 0; i < 1500; i++) scale.update(false);
    const again = createLossScale(new Map([scale.save()]));
    for (let i = 0; i < 500; i++) again.update(false);
    expect(again.value).toBe(131072);
  });

  test("counts the steps that it skipped, which no update was, in a checkpoint too", () => {
    const scale = createLossScale();
    for (const overflowed of [true, false, true, false]) scale.update(overflowed);
    expect(scale.skipped).toBe(2);
    expect(createLossScale(new Map([scale.save()])).skipped).toBe(2);
  });

  test("below 1 is refused, with what to do", () => {
    const scale = createLossScale();
    for (let i = 0; i < 16; i++) scale.update(true);
    expect(scale.value).toBe(1);
    expect(() => scale.update(true)).toThrow("use --precision f32");
  });
});
