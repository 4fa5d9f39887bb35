/** A notification may come late, when the run that it tells of is over: whoever it wakes must go on waiting. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Backend } from "../../core/backend.ts";
import { Memory } from "../../core/memory.ts";
import { add, matmul } from "../../core/ops/index.ts";
import { compile } from "../../core/program.ts";
import { state } from "../../core/tensor.ts";
import { control } from "../../core-as/module.ts";
import { openBackend } from "../../core-as/node.ts";

let backend: Backend;
beforeEach(async () => {
  backend = await openBackend({ threads: 2, revectorize: false });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await backend.close();
});

test("a bell that is heard again after its run starts no other", async () => {
  const { notify } = Atomics;
  let late = 0;
  vi.spyOn(Atomics, "notify").mockImplementation(((words: Int32Array, index: number) => {
    const before = Atomics.load(words, control.done / 4);
    const woken = notify(words, index);
    Atomics.wait(words, control.done / 4, before, 1000); // the run ends
    Atomics.wait(words, index, Atomics.load(words, index), 5); // its threads wait for the next
    late += notify(words, index);
    return woken;
  }) as typeof notify);
  const memory = new Memory(backend);
  const [count, one] = [state([1]), state([1])];
  memory.write(count, Float32Array.of(0));
  memory.write(one, Float32Array.of(1));
  const program = await compile(backend, memory, [[{ target: count, value: add(count, one) }]]);
  for (let runs = 1; runs <= 10; runs++) {
    await program.run();
    expect(await memory.read(count)).toEqual(Float32Array.of(runs));
  }
  expect(late).toBeGreaterThan(0);
});

test("a run told as done too early is waited for", async () => {
  const { waitAsync } = Atomics;
  let early = 0;
  vi.spyOn(Atomics, "waitAsync").mockImplementation(((words: Int32Array, index: number, seen: number) => {
    const waiting = waitAsync(words, index, seen);
    if (waiting.async) early += Atomics.notify(words, index);
    return waiting;
  }) as typeof waitAsync);
  const extent = 512;
  const memory = new Memory(backend);
  const [a, b, y] = Array.from({ length: 3 }, () => state([extent, extent]));
  const filled = (value: number) => new Float32Array(extent ** 2).fill(value);
  memory.write(a, filled(1));
  memory.write(b, filled(2));
  const program = await compile(backend, memory, [[{ target: y, value: matmul(a, b) }]]);
  for (let runs = 0; runs < 10; runs++) {
    memory.write(y, filled(Number.NaN));
    await program.run();
    expect((await memory.read(y)).every((value) => value === 2 * extent)).toBe(true);
  }
  expect(early).toBeGreaterThan(0);
});

test("closed, a backend ends the run under way and refuses others", async () => {
  const extent = 2048;
  const memory = new Memory(backend);
  const [a, y] = Array.from({ length: 2 }, () => state([extent, extent]));
  const program = await compile(backend, memory, [[{ target: y, value: matmul(a, a) }]]);
  const [running, next] = [program.run(), program.run()];
  const ends = Promise.all(
    [running, next].map((each) => expect(each).rejects.toThrow(/^as: the backend was closed$/)),
  );
  await new Promise((turn) => setTimeout(turn, 1)); // the first one is under way
  await backend.close();
  await ends;
  await expect(program.run()).rejects.toThrow(/^as: the backend was closed$/);
});
