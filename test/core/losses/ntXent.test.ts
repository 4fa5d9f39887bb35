import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gradients } from "../../../core/autograd.ts";
import type { Backend } from "../../../core/backend.ts";
import { ntXent } from "../../../core/losses/ntXent.ts";
import { ntXentComposed } from "../../../core/losses/ntXentComposed.ts";
import { Memory } from "../../../core/memory.ts";
import { l2Normalize } from "../../../core/ops/index.ts";
import { compile } from "../../../core/program.ts";
import { input, state, type Tensor, type Values } from "../../../core/tensor.ts";
import { backends } from "../../backends.ts";
import { distance, uniform } from "../../numbers.ts";

/** f32 similarities of up to 1 / temperature, of which exponentials are taken. */
const TOLERANCE = 1e-5;

/** Computes tensors from the given values of inputs. */
async function evaluate(backend: Backend, wanted: Tensor[], given: [Tensor, Values][]): Promise<Values[]> {
  const memory = new Memory(backend);
  const results = wanted.map(({ shape }) => state(shape));
  const program = await compile(backend, memory, [
    results.map((target, i) => ({ target, value: wanted[i] })),
  ]);
  for (const [leaf, values] of given) memory.write(leaf, values);
  await program.run();
  const values = await Promise.all(results.map((result) => memory.read(result)));
  program.free();
  memory.free();
  return values;
}

/** Embeddings [2N, D], not of unit length, whose halves resemble each other. */
function draw(N: number, D: number): Float32Array {
  const next = uniform("ntXent", N, D);
  const common = Array.from({ length: N * D }, next);
  return Float32Array.from({ length: 2 * N * D }, (_, i) => common[i % (N * D)] + next());
}

/** The loss of embeddings [2N, D], normalised on the way. */
async function lossOf(backend: Backend, x: Float32Array, D: number, temperature: number): Promise<number> {
  const embeddings = input([x.length / D, D]);
  const [[loss]] = await evaluate(
    backend,
    [ntXent(l2Normalize(embeddings), { temperature })],
    [[embeddings, x]],
  );
  return loss;
}

/** Equation 1, word for word, in float64. */
function byHand(x: Float32Array, D: number, temperature: number): number {
  const rows = x.length / D;
  const z = Array.from({ length: rows }, (_, i) => {
    const row = Array.from(x.subarray(i * D, (i + 1) * D));
    return row.map((value) => value / Math.hypot(...row));
  });
  const similarity = (i: number, j: number) => z[i].reduce((sum, value, d) => sum + value * z[j][d], 0);
  let total = 0;
  for (let i = 0; i < rows; i++) {
    const partner = (i + rows / 2) % rows;
    let others = 0;
    for (let k = 0; k < rows; k++) if (k !== i) others += Math.exp(similarity(i, k) / temperature);
    total -= Math.log(Math.exp(similarity(i, partner) / temperature) / others);
  }
  return total / rows;
}

for (const [name, open] of Object.entries(backends))
  describe(`NT-Xent on ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(() => backend?.close());

    it.each([
      [1, 1, 0.5],
      [37, 24, 0.1],
      [64, 128, 0.5],
    ])("is what a loop over equation 1 gives: N %i, D %i, temperature %d", async (N, D, temperature) => {
      const x = draw(N, D);
      const expected = byHand(x, D, temperature);
      expect(Math.abs((await lossOf(backend, x, D, temperature)) - expected)).toBeLessThan(
        TOLERANCE * Math.max(1, expected),
      );
    });

    it.each([0.05, 0.5, 1])("is log(2N - 1) where all embeddings are one, at temperature %d", async (t) => {
      const [N, D] = [33, 17];
      const row = draw(1, D).subarray(0, D);
      const x = Float32Array.from({ length: 2 * N * D }, (_, i) => row[i % D]);
      expect(await lossOf(backend, x, D, t)).toBeCloseTo(Math.log(2 * N - 1), 4);
    });

    it.each([0.05, 0.005])(
      "is 0 where there is one pair, of opposite views, at temperature %d",
      async (t) => {
        const D = 17;
        const row = draw(1, D).subarray(0, D);
        const x = Float32Array.from({ length: 2 * D }, (_, i) => (i < D ? 1 : -1) * row[i % D]);
        expect(await lossOf(backend, x, D, t)).toBeCloseTo(0, 4);
      },
    );

    it("does not depend on the order of the pairs, nor on which view comes first", async () => {
      const [N, D, temperature] = [50, 19, 0.2];
      const x = draw(N, D);
      const moved = Float32Array.from(x, (_, at) => {
        const [i, d] = [Math.floor(at / D), at % D];
        const [view, n] = [Math.floor(i / N), i % N];
        return x[((1 - view) * N + ((7 * n + 3) % N)) * D + d];
      });
      const [a, b] = [await lossOf(backend, x, D, temperature), await lossOf(backend, moved, D, temperature)];
      expect(Math.abs(a - b)).toBeLessThan(TOLERANCE);
    });

    it.each([
      [2, 3, 0.5],
      [37, 24, 0.1],
      [130, 150, 0.5],
    ])(
      "equals its composition, and so do their gradients: N %i, D %i, temperature %d",
      async (N, D, temperature) => {
        const embeddings = input([2 * N, D]);
        const itself = input([2 * N, 2 * N]);
        const partner = input([2 * N], "u32");
        const z = l2Normalize(embeddings);
        const fused = ntXent(z, { temperature });
        const composed = ntXentComposed(z, itself, partner, { temperature });
        const results = await evaluate(
          backend,
          [fused, composed, ...[fused, composed].flatMap((loss) => gradients(loss, [embeddings]))],
          [
            [embeddings, draw(N, D)],
            [itself, Float32Array.from({ length: 4 * N * N }, (_, i) => (i % (2 * N + 1) === 0 ? -1e9 : 0))],
            [partner, Uint32Array.from({ length: 2 * N }, (_, i) => (i + N) % (2 * N))],
          ],
        );
        const [loss, expected, gradient, expectedGradient] = results;
        expect(distance(loss, expected)).toBeLessThan(TOLERANCE);
        expect(distance(gradient, expectedGradient)).toBeLessThan(TOLERANCE);
      },
    );
  });
