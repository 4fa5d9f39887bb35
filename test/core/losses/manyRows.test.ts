/** Contrastive losses of many rows: no matrix of all similarities, exact all the same, the same bits for any number of threads. */
import { describe, expect, it } from "vitest";
import { gradients } from "../../../core/autograd.ts";
import type { Backend } from "../../../core/backend.ts";
import { infoNce, ntXent } from "../../../core/losses/index.ts";
import { Memory } from "../../../core/memory.ts";
import { mean, ntXentRows } from "../../../core/ops/index.ts";
import { compile } from "../../../core/program.ts";
import { input, state, type Tensor, type Values } from "../../../core/tensor.ts";
import { openBackend } from "../../../core-as/node.ts";
import { backends } from "../../backends.ts";
import { uniform } from "../../numbers.ts";

/** Bytes beside inputs and results; 65,536 x 65,536 similarities would be 17 GB. */
const MOST_BYTES = 64e6;

/** Bytes of intermediate tensors of a loss and its gradient with respect to the first input: planned, not run. */
async function plannedBytes(backend: Backend, loss: Tensor, x: Tensor): Promise<number> {
  const memory = new Memory(backend);
  const program = await compile(backend, memory, [
    [loss, ...gradients(loss, [x])].map((value) => ({ target: state(value.shape), value })),
  ]);
  const { bytes } = program.memory;
  program.free();
  memory.free();
  return bytes;
}

function unitRows(name: string, rows: number, D: number): Float32Array<ArrayBuffer> {
  const next = uniform(name, rows, D);
  const values = Float32Array.from({ length: rows * D }, next);
  for (let at = 0; at < values.length; at += D) {
    const row = values.subarray(at, at + D);
    const length = Math.hypot(...row);
    row.forEach((x, d) => {
      row[d] = x / length;
    });
  }
  return values;
}

/** NT-Xent of each row, and the gradient of their mean. */
async function evaluate(backend: Backend, values: Float32Array<ArrayBuffer>, D: number, temperature: number) {
  const memory = new Memory(backend);
  const z = input([values.length / D, D]);
  const rows = ntXentRows(z, { temperature });
  const [dz] = gradients(mean(rows), [z]);
  const results = [rows, dz].map((value) => ({ target: state(value.shape), value }));
  const program = await compile(backend, memory, [results]);
  memory.write(z, values);
  await program.run();
  const found: Values[] = await Promise.all(results.map(({ target }) => memory.read(target)));
  program.free();
  memory.free();
  return { losses: found[0] as Float32Array, gradient: found[1] as Float32Array };
}

describe.each(Object.entries(backends))("on %s", (_, open) => {
  it("65,536 rows of 128 take memory in proportion to rows alone", async () => {
    const backend = await open();
    const at = (rows: number) => {
      const z = input([rows, 128]);
      return plannedBytes(backend, ntXent(z, { temperature: 0.5 }), z);
    };
    expect(await at(65536)).toBeLessThan(MOST_BYTES);
    expect((await at(65536)) - (await at(32768))).toBeLessThan(64 * 32768); // some numbers a row
    await backend.close();
  });

  it("1,024 queries and a queue of 65,536 keys take no more", async () => {
    const backend = await open();
    const [q, k, queue] = [1024, 1024, 65536].map((rows) => input([rows, 128]));
    expect(await plannedBytes(backend, infoNce(q, k, queue, { temperature: 0.2 }), q)).toBeLessThan(4e6);
    await backend.close();
  });
});

it.each([
  [2050, 128, 0.5],
  [1000, 30, 0.02], // similarities from -50 to 50: logarithms far apart
])(
  "losses and gradients of %i rows of %i, at temperature %d, are float64's",
  async (rows, D, temperature) => {
    const backend = await openBackend({ threads: 2 });
    const values = unitRows("manyRows", rows, D);
    for (let at = 0; at < 10 * D; at++) values[at] *= temperature < 0.1 ? 2 : 1; // some longer rows
    const { losses, gradient } = await evaluate(backend, values, D, temperature);
    await backend.close();

    const partner = (i: number) => (i + rows / 2) % rows;
    const similarity = (i: number, j: number) => {
      let sum = 0;
      for (let d = 0; d < D; d++) sum += values[i * D + d] * values[j * D + d];
      return sum / temperature;
    };
    const lse = Float64Array.from({ length: rows }, (_, i) => {
      const others = Array.from({ length: rows }, (_, j) => similarity(i, j)).filter((_, j) => j !== i);
      const top = Math.max(...others);
      return top + Math.log(others.reduce((sum, s) => sum + Math.exp(s - top), 0));
    });
    for (let i = 0; i < rows; i++) {
      const exact = lse[i] - similarity(i, partner(i));
      expect(Math.abs(losses[i] - exact)).toBeLessThan(1e-4 * Math.max(1, exact));
    }
    for (let i = 0; i < rows; i += 16) {
      const exact = new Float64Array(D);
      for (let j = 0; j < rows; j++) {
        if (j === i) continue;
        const s = similarity(i, j);
        const weight = Math.exp(s - lse[i]) + Math.exp(s - lse[j]) - (j === partner(i) ? 2 : 0);
        for (let d = 0; d < D; d++) exact[d] += (weight * values[j * D + d]) / temperature / rows;
      }
      const error = Math.hypot(...exact.map((x, d) => x - gradient[i * D + d]));
      expect(error / Math.hypot(...exact)).toBeLessThan(1e-4);
    }
  },
);

it("one, two and three threads leave the same bits", async () => {
  const values = unitRows("threads", 700, 40);
  const found = [];
  for (const threads of [1, 2, 3]) {
    const backend = await openBackend({ threads });
    found.push(await evaluate(backend, values, 40, 0.2));
    await backend.close();
  }
  expect(found[1]).toEqual(found[0]);
  expect(found[2]).toEqual(found[0]);
});
