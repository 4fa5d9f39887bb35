/** Runs that go wrong are stopped, and good ones are not. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import type { Method } from "../../../core/methods/index.ts";
import { alarm, unsound } from "../../../core/train/alarms.ts";
import { readCheckpoint } from "../../../core/train/checkpoint.ts";
import type { RunConfig } from "../../../core/train/config.ts";
import { pretrain } from "../../../core/train/pretrain.ts";
import type { Metrics } from "../../../core/train/training.ts";
import { openBackend } from "../../../core-as/node.ts";
import { lit, methodNames, tinyOf } from "../methods/runs.ts";
import { breaking, collapsing } from "./methods.ts";
import { tiny } from "./runs.ts";

let backend: Backend;
let out: string;
beforeAll(async () => {
  backend = await openBackend({ threads: 1 });
});
afterAll(() => backend.close());
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "alarms-"));
});
afterEach(() => rmSync(out, { recursive: true }));

const images = lit(64); // 2 steps an epoch

/** Runs to the end of the config's epochs; resolves to the metrics. */
async function run(config: RunConfig, options: { method?: Method; alarms?: boolean } = {}) {
  const training = await pretrain({ config, images, backend, out, ...options });
  training.free();
  return metrics();
}
const metrics = (): Metrics[] =>
  readFileSync(join(out, "metrics.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const own = (method: Method, epochs: number): RunConfig => ({
  ...tiny({ epochs }),
  method: { name: method.name },
});

describe("what is no number", () => {
  test("in the loss stops the run, names the step and leaves the last checkpoint in force", async () => {
    const method = breaking({ loss: 4 });
    await expect(run(own(method, 5), { method })).rejects.toThrow(
      /^pretrain: the loss is (NaN|-?Infinity) at step 4; begin anew with a lower optimizer\.rate[^\n]+$/,
    );
    expect((await readCheckpoint(out)).step).toBe(4); // steps 0 to 3 are done
    expect(metrics().map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(backend.usage()).toEqual({ bytes: 0, storages: 0 });
  });

  test("in the first epoch leaves no checkpoint", async () => {
    const method = breaking({ loss: 0 });
    await expect(run(own(method, 5), { method })).rejects.toThrow("at step 0");
    expect(existsSync(join(out, "checkpoints"))).toBe(false);
  });

  test("in the state, where the loss is fine, is not saved", async () => {
    const method = breaking({ number: 5 });
    await expect(run(own(method, 5), { method })).rejects.toThrow(
      /^pretrain: number holds what is no finite/,
    );
    expect((await readCheckpoint(out)).step).toBe(4);
    expect(metrics().every(({ loss }) => Number.isFinite(loss))).toBe(true);
  });

  test("is let pass without alarms", async () => {
    const method = breaking({ loss: 4 });
    await run(own(method, 5), { method, alarms: false });
    expect((await readCheckpoint(out)).step).toBe(10);
  });
});

test("state of other types than f32 is always sound, and each number of f32 is looked at", () => {
  const whole = { dtype: "u32", shape: [1], data: Uint32Array.of(0x7fc00000) } as const; // not a number, were it f32
  const half = (x: number) => ({ dtype: "f32", shape: [2], data: Float32Array.of(1, x) }) as const;
  expect(unsound(new Map<string, typeof whole | ReturnType<typeof half>>([["a", whole]]))).toBeUndefined();
  expect(unsound(new Map([["b", half(3)]]))).toBeUndefined();
  for (const x of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    expect(unsound(new Map([["c", half(x)]]))).toMatch(/^c holds/);
});

describe("a collapse", () => {
  const row = (step: number, loss: number, std: number) => [{ step, epoch: 0, rate: 1, loss, std }];
  const constant = { loss: -4, dimension: 25 }; // spread out, std would be 0.2

  test.each([
    ["both near", 199, -4.03, 0.019, true],
    ["from above", 199, -3.97, 0.019, true],
    ["too early to tell", 198, -4, 0, false],
    ["a loss that is elsewhere", 999, -3.95, 0, false],
    ["embeddings that spread", 999, -4, 0.021, false],
  ])("is told by loss and deviation together, from step 200 on: %s", (_, step, loss, std, told) => {
    expect(alarm(row(step, loss, std), constant) !== undefined).toBe(told);
  });

  test("comes with advice that any method can take", () => {
    expect(alarm(row(199, -4, 0), constant)).toMatch(
      /; try a lower optimizer\.rate or optimizer\.decay, or another method\.temperature where the method has one; --no-alarms goes on$/,
    );
  });

  test("to a loss of 0 is told within 0.01 of it", () => {
    expect(alarm(row(300, 0.009, 0), { loss: 0, dimension: 4 })).toBeDefined();
    expect(alarm(row(300, 0.011, 0), { loss: 0, dimension: 4 })).toBeUndefined();
  });

  test("is not told where embeddings were not looked at, or the method knows no constant", () => {
    const [{ std: _, ...unwatched }] = row(300, -4, 0);
    expect(alarm([unwatched], constant)).toBeUndefined();
    expect(alarm(row(300, -4, 0), undefined)).toBeUndefined();
  });

  const wrong =
    /^pretrain: collapse at step \d+: the loss \S+ is within 1 % of \S+, [^\n]+ deviation \S+ is below/;

  test("of two views' cosine without predictor and stopped gradient stops the run", async () => {
    await expect(run(own(collapsing, 120), { method: collapsing })).rejects.toThrow(wrong);
    expect(metrics().at(-1)).toMatchObject({ step: 199 });
    expect(metrics().at(-1)!.loss).toBeLessThan(-0.99);
    expect((await readCheckpoint(out)).step).toBe(198);
  });

  // At such a temperature no gradient is left, and nothing but the decay moves the parameters, to 0. What depends on the
  // image is a product of many and goes first; in the end biases outweigh it, and embeddings are one. SimCLR's last layer
  // normalises, and holds out until the variance that it divides by is below its eps.
  const hopeless = { "method.temperature": 1e6, "optimizer.decay": 0.1, "optimizer.rate": 0.5 };

  test.each(["simclr", "mocov2"])("of %s at an absurd temperature and decay stops the run", async (name) => {
    await expect(run(await tinyOf(name, { ...hopeless, epochs: 200 }))).rejects.toThrow(wrong);
    expect(metrics().at(-1)).toMatchObject({ step: 199 });
  });

  test.each(["simclr", "mocov2"])(
    "of %s is none at an absurd temperature alone: nothing is learned, but embeddings stay apart",
    async (name) => {
      const config = await tinyOf(name, { "method.temperature": 1e6, epochs: 105 });
      const { loss, std } = (await run(config)).at(-1)!;
      expect(std).toBeGreaterThan(0.3 / Math.sqrt(128));
      expect(loss).toBeCloseTo(name === "simclr" ? Math.log(63) : Math.log(65), 3);
    },
  );

  test.each(methodNames)("is not seen in a good run of %s", async (name) => {
    const rows = await run(await tinyOf(name, { epochs: 120 }));
    expect(rows.length).toBe(240);
  });
});
