/** Losses over a memory bank against loops in float64; authors' values are in golden.npid.test.ts. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import { estimatedLogZ, instanceNce, instanceSoftmax } from "../../../core/losses/index.ts";
import { input, state, type Tensor } from "../../../core/tensor.ts";
import { backends } from "../../backends.ts";
import { uniform } from "../../numbers.ts";
import { run } from "../run.ts";

/** f32 sums of up to some thousand terms, and WGSL's exp at 3 + 2|x| ulp. */
const TOLERANCE = 1e-5;
const SAMPLES = 5000;

/** Similarities of N images to their own row and to K others, about given means. */
interface Drawn {
  positive: Float32Array;
  negatives: Float32Array;
  K: number;
}

function draw(N: number, K: number, { own = 3, others = 0 } = {}): Drawn {
  const next = uniform("instance", N, K);
  const around = (count: number, mean: number) =>
    Float32Array.from({ length: count }, () => mean + 3 * next());
  return { positive: around(N, own), negatives: around(N * K, others), K };
}

const mean = (numbers: number[]) => numbers.reduce((a, b) => a + b) / numbers.length;
/** A function of an image's similarities, the mean over images. */
const over = ({ positive, negatives, K }: Drawn, loss: (own: number, others: number[]) => number) =>
  mean(Array.from(positive, (own, n) => loss(own, Array.from(negatives.subarray(n * K, (n + 1) * K)))));

/** Equations 6 and 7, word for word; log(1 - h) as log1p(-h). */
const nceByHand = (drawn: Drawn, logZ: number) =>
  over(drawn, (own, others) => {
    const noise = drawn.K / SAMPLES;
    const h = (similarity: number) => {
      const P = Math.exp(similarity - logZ);
      return P / (P + noise);
    };
    return others.reduce((loss, other) => loss - Math.log1p(-h(other)), -Math.log(h(own)));
  });

const softmaxByHand = (drawn: Drawn) =>
  over(drawn, (own, others) => Math.log(others.reduce((all, s) => all + Math.exp(s - own), 1)));

const logZByHand = ({ negatives }: Drawn) => Math.log(SAMPLES * mean(Array.from(negatives, Math.exp)));

for (const [name, open] of Object.entries(backends))
  describe(`instance discrimination on ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(() => backend?.close());

    async function evaluate(
      { positive, negatives, K }: Drawn,
      loss: (similarities: { positive: Tensor; negatives: Tensor }, logZ: Tensor) => Tensor,
      logZ = 0,
    ): Promise<number> {
      const [own, others] = [input([positive.length]), input([positive.length, K])];
      const constant = input([1]);
      const value = loss({ positive: own, negatives: others }, constant);
      const target = state(value.shape);
      const given: [Tensor, Float32Array][] = [
        [own, positive],
        [others, negatives],
        [constant, Float32Array.of(logZ)],
      ];
      const { results } = await run(backend, [[{ target, value }]], given, [target]);
      return Number(results[0]);
    }
    const nce = (drawn: Drawn, logZ: number) =>
      evaluate(drawn, (similarities, Z) => instanceNce(similarities, Z, { samples: SAMPLES }), logZ);
    const estimate = (drawn: Drawn) =>
      evaluate(drawn, ({ negatives }) => estimatedLogZ(negatives, { samples: SAMPLES }));
    const near = (value: number, expected: number) =>
      expect(Math.abs(value / expected - 1), `${value}, not ${expected}`).toBeLessThan(TOLERANCE);

    it.each([
      [1, 1, 0],
      [37, 50, 8.5],
      [5, 1003, 9],
    ])("NCE is what a loop over equations 6 and 7 gives: N %i, K %i, log Z %d", async (N, K, logZ) => {
      const drawn = draw(N, K);
      near(await nce(drawn, logZ), nceByHand(drawn, logZ));
    });

    it("NCE adds up what is far below 1, of each negative", async () => {
      const drawn = draw(3, 4096, { own: 30, others: -11 });
      const expected = nceByHand(drawn, 9);
      expect(expected).toBeLessThan(1e-4);
      near(await nce(drawn, 9), expected);
    });

    it("NCE is log(2) for each of 1 + K where all are as probable as noise", async () => {
      const [N, K, logZ] = [9, 64, 6];
      const odds = Math.fround(Math.log(K / SAMPLES) + logZ);
      const all = (count: number) => new Float32Array(count).fill(odds);
      near(await nce({ positive: all(N), negatives: all(N * K), K }, logZ), (1 + K) * Math.log(2));
    });

    it("NCE is the same where all similarities and log Z rise alike", async () => {
      const drawn = draw(9, 64);
      const raised = (values: Float32Array) => values.map((value) => value + 2);
      const { positive, negatives, K } = drawn;
      near(
        await nce({ positive: raised(positive), negatives: raised(negatives), K }, 10.5),
        await nce(drawn, 8.5),
      );
    });

    it.each([
      [1, 1],
      [37, 50],
      [5, 1003],
    ])("the softmax is what a loop over it gives: N %i, K %i", async (N, K) => {
      const drawn = draw(N, K);
      near(await evaluate(drawn, instanceSoftmax), softmaxByHand(drawn));
    });

    it.each([
      [1, 1],
      [37, 50],
      [5, 1003],
    ])("log Z is what a loop over equation 8 gives: N %i, K %i", async (N, K) => {
      const drawn = draw(N, K);
      near(await estimate(drawn), logZByHand(drawn));
    });

    it.each([-200, 0, 200])("log Z is log(samples) + s where all similarities are s = %d", async (s) => {
      const [N, K] = [9, 64];
      const negatives = new Float32Array(N * K).fill(s);
      near(await estimate({ positive: new Float32Array(N), negatives, K }), Math.log(SAMPLES) + s);
    });
  });

it("log Z is a sum of rows' sums: none is of all N * K numbers, which one workgroup would take", () => {
  const [N, K] = [37, 50];
  const longest = (x: Tensor): number => {
    if (x.origin.kind === "view") return longest(x.origin.of);
    if (x.origin.kind !== "op") return 0;
    const { op, u32, inputs } = x.origin.call;
    return Math.max(op === "logSumExp" ? u32.C : 0, ...inputs.map(longest));
  };
  expect(longest(estimatedLogZ(input([N, K]), { samples: SAMPLES }))).toBe(Math.max(N, K));
});
