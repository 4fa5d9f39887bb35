/** A normalisation that a convolution takes in, against float64; and an image in whatever batch. */
import { expect, test } from "vitest";
import { convNorm, frozen, inference, resnet18 } from "../../../core/nn/index.ts";
import { conv2dBias, matmul } from "../../../core/ops/index.ts";
import { type Shape, size } from "../../../core/shape.ts";
import { input, leaves, type Tensor, type Values } from "../../../core/tensor.ts";
import { onEachBackend } from "../../golden.ts";
import { distance, uniform } from "../../numbers.ts";

const draw = (shape: Shape, name: string) => Float32Array.from({ length: size(shape) }, uniform(name));

/** max(normalise(conv(x)) + residual, 0) in float64, by the ops' own references. */
function unfolded(
  [N, H, W, C]: Shape,
  O: number,
  { x, weight, gamma, beta, running, residual }: Record<string, Float32Array>,
): Float64Array {
  const wide = (values: Float32Array) => Float64Array.from(values);
  const y = new Float64Array(N * H * W * O);
  const fields = { N, H, W, C, O, KH: 3, KW: 3, OH: H, OW: W, stride: 1, padding: 1, dilation: 1, groups: 1 };
  conv2dBias.definition.reference([wide(x), wide(weight), new Float64Array(O), new Float64Array(1)], y, {
    ...fields,
    add: 0,
    relu: 0,
  });
  return y.map((value, i) => {
    const c = i % O;
    const normal = ((value - running[c]) / Math.sqrt(running[O + c] + 1e-5)) * gamma[c] + beta[c];
    return Math.max(normal + residual[i], 0);
  });
}

/** Images of a batch that look the same as in another: shape of one, output channels, kernel, stride, padding. */
const layers: [Shape, number, number, number, number][] = [
  [[32, 32, 3], 16, 3, 1, 1],
  [[16, 16, 16], 16, 3, 1, 1],
  [[8, 8, 24], 20, 3, 1, 1],
  [[4, 4, 64], 72, 3, 1, 1],
  [[7, 7, 352], 384, 3, 1, 1], // as divides its outputs among threads
  [[14, 14, 16], 32, 3, 2, 1],
  [[8, 8, 20], 24, 3, 2, 1],
  [[14, 14, 24], 40, 1, 2, 0],
  [[30, 30, 3], 16, 7, 2, 3],
];

onEachBackend((compute) => {
  test("folded, its numbers are those of float64 unfolded", async () => {
    const [shape, O] = [[2, 9, 8, 12], 20];
    const layer = convNorm(shape[3], O, 3, { padding: 1 });
    const values = {
      x: draw(shape, "x"),
      weight: draw([O, 3, 3, shape[3]], "weight"),
      gamma: draw([O], "gamma"),
      beta: draw([O], "beta"),
      running: Float32Array.from({ length: 2 * O }, uniform("running")).map((v, i) => (i < O ? v : v + 1.1)),
      residual: draw([2, 9, 8, O], "residual"),
    };
    const [x, residual] = [input(shape), input([2, 9, 8, O])];
    const given = new Map<Tensor, Float32Array>([
      [x, values.x],
      [residual, values.residual],
      [layer.conv.weight as Tensor, values.weight],
      [layer.norm.weight as Tensor, values.gamma],
      [layer.norm.bias as Tensor, values.beta],
      [layer.norm.running as Tensor, values.running],
    ]);
    const [y] = await compute([layer(x, inference, residual)], given);
    expect(distance(y as Float32Array, unfolded(shape, O, values))).toBeLessThan(2e-6);
  });

  test.each(layers)(
    "a convolution gives an image %j the same bits in any batch (%i, %i x, /%i, +%i)",
    async (image, O, K, stride, padding) => {
      const C = image[2];
      const [w, bias] = [input([O, K, K, C]), input([O])];
      const given = new Map<Tensor, Float32Array>([
        [w, draw(w.shape, "w")],
        [bias, draw(bias.shape, "bias")],
      ]);
      const pixels = draw([32, ...image], "x");
      const of = async (N: number) => {
        const x = input([N, ...image]);
        given.set(x, pixels.subarray(0, N * size(image)));
        const [y] = await compute([conv2dBias(x, w, bias, x, { stride, padding, relu: true })], given);
        given.delete(x);
        return y;
      };
      const all = await of(32);
      for (const N of [1, 2, 7]) {
        const few = await of(N);
        expect(few).toEqual(all.subarray(0, few.length));
      }
    },
  );

  test.each([
    ["cifar", 32],
    ["imagenet", 96],
  ] as const)("weights packed once give the same bits, ResNet-18 with the %s stem", async (stem, side) => {
    const encoder = resnet18({ width: 24, stem });
    const x = input([2, side, side, 3]);
    const given = new Map<Tensor, Values>([[x, draw(x.shape, "x")]]);
    for (const [path, leaf] of leaves(encoder.state)) {
      const values = draw(leaf.shape, path);
      given.set(leaf, path.endsWith("running") ? values.map((v) => Math.abs(v) + 0.5) : values);
    }
    const [expected] = await compute([encoder(x, inference)], given);
    const mode = frozen();
    const y = encoder(x, mode);
    const values = await compute(
      mode.kept.map(({ value }) => value),
      given,
    );
    for (const [i, { target }] of mode.kept.entries()) given.set(target, values[i]);
    expect((await compute([y], given))[0]).toEqual(expected);
    expect((expected as Float32Array).some((v) => v !== 0)).toBe(true);
  });

  test("so does a matrix product a row", async () => {
    const [K, O] = [520, 100];
    const w = input([O, K]);
    const rows = draw([32, K], "rows");
    const of = async (N: number) => {
      const x = input([N, K]);
      const given = new Map([
        [w, draw(w.shape, "w")],
        [x, rows.subarray(0, N * K)],
      ]);
      return (await compute([matmul(x, w, { tb: true })], given))[0];
    };
    const all = await of(32);
    for (const N of [1, 2, 7]) expect(await of(N)).toEqual(all.subarray(0, N * O));
  });

  test.each([
    ["cifar", 32],
    ["imagenet", 64],
  ] as const)("so does ResNet-18 with the %s stem", async (stem, side) => {
    const encoder = resnet18({ width: 16, stem });
    const given = new Map<Tensor, Float32Array>();
    for (const [path, leaf] of leaves(encoder.state)) {
      const values = draw(leaf.shape, path);
      given.set(leaf, path.endsWith("running") ? values.map((v) => Math.abs(v) + 0.5) : values);
    }
    const pixels = draw([7, side, side, 3], "x");
    const of = async (N: number) => {
      const x = input([N, side, side, 3]);
      given.set(x, pixels.subarray(0, N * side * side * 3));
      const [y] = await compute([encoder(x, inference)], given);
      given.delete(x);
      return y;
    };
    const all = await of(7);
    for (const N of [1, 2]) expect(await of(N)).toEqual(all.subarray(0, N * encoder.dimension));
  });
});
