import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gradients } from "../../../core/autograd.ts";
import type { Backend } from "../../../core/backend.ts";
import { infoNce } from "../../../core/losses/infoNce.ts";
import { Memory } from "../../../core/memory.ts";
import {
  add,
  affine,
  concat,
  l2Normalize,
  matmul,
  mean,
  softmaxCrossEntropy,
} from "../../../core/ops/index.ts";
import { compile } from "../../../core/program.ts";
import { input, state, type Tensor, type Values } from "../../../core/tensor.ts";
import { backends } from "../../backends.ts";
import { distance, uniform } from "../../numbers.ts";

/** f32 similarities of up to 1 / temperature, of which exponentials are taken. */
const TOLERANCE = 1e-5;

/** Computes tensors from the given values of inputs. */
async function evaluate(
  backend: Backend,
  wanted: Tensor[],
  given: (readonly [Tensor, Values])[],
): Promise<Values[]> {
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

/** Queries and keys that resemble each other [N, D], and a queue [K, D]; none of unit length. */
interface Drawn {
  q: Float32Array;
  k: Float32Array;
  queue: Float32Array;
}

function draw(N: number, K: number, D: number): Drawn {
  const next = uniform("infoNce", N, K, D);
  const fill = (count: number) => Float32Array.from({ length: count * D }, next);
  const q = fill(N);
  return { q, k: q.map((x) => x + next()), queue: fill(K) };
}

/** Leaves for what was drawn, with the loss of them normalised on the way. */
function traced({ q, k, queue }: Drawn, D: number, temperature: number) {
  const leaves = [q, k, queue].map((values) => input([values.length / D, D]));
  const [unitQ, unitK, unitQueue] = leaves.map((leaf) => l2Normalize(leaf));
  const given = [q, k, queue].map((values, i) => [leaves[i], values] as const);
  const loss = infoNce(unitQ, unitK, unitQueue, { temperature });
  return { leaves, units: [unitQ, unitK, unitQueue], given, loss };
}

async function lossOf(backend: Backend, drawn: Drawn, D: number, temperature: number): Promise<number> {
  const { loss, given } = traced(drawn, D, temperature);
  return (await evaluate(backend, [loss], given))[0][0];
}

/** Equation 1, word for word, in float64; the mean over queries. */
function byHand({ q, k, queue }: Drawn, D: number, temperature: number): number {
  const rows = (x: Float32Array) =>
    Array.from({ length: x.length / D }, (_, i) => {
      const row = Array.from(x.subarray(i * D, (i + 1) * D));
      return row.map((value) => value / Math.hypot(...row));
    });
  const [queries, keys, negatives] = [q, k, queue].map(rows);
  const likeness = (a: number[], b: number[]) =>
    Math.exp(a.reduce((sum, x, d) => sum + x * b[d], 0) / temperature);
  const losses = queries.map((query, n) => {
    const positive = likeness(query, keys[n]);
    const all = positive + negatives.reduce((sum, negative) => sum + likeness(query, negative), 0);
    return -Math.log(positive / all);
  });
  return losses.reduce((a, b) => a + b) / losses.length;
}

for (const [name, open] of Object.entries(backends))
  describe(`InfoNCE on ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(() => backend?.close());

    it.each([
      [1, 1, 1, 0.5],
      [37, 50, 24, 0.07],
      [64, 512, 128, 0.2],
    ])("is what a loop over equation 1 gives: N %i, K %i, D %i, temperature %d", async (N, K, D, t) => {
      const drawn = draw(N, K, D);
      const expected = byHand(drawn, D, t);
      expect(Math.abs((await lossOf(backend, drawn, D, t)) - expected)).toBeLessThan(
        TOLERANCE * Math.max(1, expected),
      );
    });

    it.each([0.02, 0.2, 1])("is log(1 + K) where all embeddings are one, at temperature %d", async (t) => {
      const [N, K, D] = [9, 33, 17];
      const row = draw(1, 1, D).q;
      const repeated = (count: number) => Float32Array.from({ length: count * D }, (_, i) => row[i % D]);
      const drawn = { q: repeated(N), k: repeated(N), queue: repeated(K) };
      expect(await lossOf(backend, drawn, D, t)).toBeCloseTo(Math.log(1 + K), 4);
    });

    it.each([0.05, 0.005])("is log(1 + K) where all keys lie opposite, at temperature %d", async (t) => {
      const [N, K, D] = [9, 33, 17];
      const row = draw(1, 1, D).q;
      const repeated = (count: number, sign: number) =>
        Float32Array.from({ length: count * D }, (_, i) => sign * row[i % D]);
      const drawn = { q: repeated(N, 1), k: repeated(N, -1), queue: repeated(K, -1) };
      const { loss, units, given } = traced(drawn, D, t);
      const [value, gradient] = await evaluate(backend, [loss, gradients(loss, [units[0]])[0]], given);
      expect(value[0]).toBeCloseTo(Math.log(1 + K), 3);
      for (const each of gradient) expect(Math.abs(each)).toBeLessThan(1e-3); // all keys pull alike, and one pushes back
    });

    it("does not depend on the order of the queue, nor on that of queries with their keys", async () => {
      const [N, K, D, temperature] = [30, 47, 19, 0.2];
      const drawn = draw(N, K, D);
      const moved = (x: Float32Array, rows: number, by: number) =>
        x.map((_, at) => x[((Math.floor(at / D) * by + 3) % rows) * D + (at % D)]);
      const { q, k, queue } = drawn;
      const other = { q: moved(q, N, 7), k: moved(k, N, 7), queue: moved(queue, K, 5) };
      const [a, b] = [
        await lossOf(backend, drawn, D, temperature),
        await lossOf(backend, other, D, temperature),
      ];
      expect(Math.abs(a - b)).toBeLessThan(TOLERANCE);
    });

    it.each([
      [2, 3, 4, 0.5],
      [37, 150, 24, 0.07],
    ])(
      "equals the cross entropy of all logits, and so do the queries' gradients: N %i, K %i, D %i, temperature %d",
      async (N, K, D, temperature) => {
        const drawn = draw(N, K, D);
        const { leaves, units, given, loss } = traced(drawn, D, temperature);
        // All keys of the batch stand before the queue; those of others are masked.
        const mask = input([N, N + K]);
        const own = input([N], "u32");
        const similarity = matmul(units[0], concat(units[1], units[2]), { tb: true }); // [N, N + K]
        const logits = add(affine(similarity, { scale: 1 / temperature }), mask);
        const composed = mean(softmaxCrossEntropy(logits, own));
        const [ours, expected, gradient, expectedGradient] = await evaluate(
          backend,
          [loss, composed, ...[loss, composed].flatMap((each) => gradients(each, [leaves[0]]))],
          [
            ...given,
            [
              mask,
              Float32Array.from({ length: N * (N + K) }, (_, at) => {
                const [n, column] = [Math.floor(at / (N + K)), at % (N + K)];
                return column < N && column !== n ? -1e9 : 0;
              }),
            ],
            [own, Uint32Array.from({ length: N }, (_, n) => n)],
          ],
        );
        expect(distance(ours, expected)).toBeLessThan(TOLERANCE);
        expect(distance(gradient, expectedGradient)).toBeLessThan(TOLERANCE);
      },
    );
  });

it("teaches queries only", () => {
  const drawn = draw(3, 4, 5);
  const { leaves, loss } = traced(drawn, 5, 0.2);
  expect(() => gradients(loss, [leaves[1]])).toThrow("does not depend on tensor 0 [3, 5]");
  expect(() => gradients(loss, [leaves[2]])).toThrow("does not depend on tensor 0 [4, 5]");
});
