/** Methods that no one should use, for tests. */
import { z } from "zod";
import { method, scheduled } from "../../../core/methods/index.ts";
import { linear, sequence } from "../../../core/nn/index.ts";
import { affine, div, l2Normalize, mean, mul, relu, sum } from "../../../core/ops/index.ts";
import { state, type Tensor } from "../../../core/tensor.ts";

/** SimSiam without its predictor and its stopped gradient: all embeddings become one (Chen and He 2021, section 4). */
export const collapsing = method({
  name: "collapsing",
  config: z.strictObject({}),
  views: 2,
  sharding: "separable",

  build(makeEncoder) {
    const encoder = makeEncoder();
    const rectify = (x: Tensor) => relu(x);
    return { encoder, projector: sequence(linear(encoder.dimension, 32), rectify, linear(32, 32)) };
  },

  step({ encoder, projector }, views, _config, mode) {
    const [z1, z2] = views.map((x) => l2Normalize(projector(encoder(x, mode), mode))); // [N, 32]
    return { loss: affine(mean(sum(mul(z1, z2), { from: 1 })), { scale: -1 }), embeddings: [z1, z2] };
  },

  collapse: () => -1,
});

/** Learns brightness; its loss, or a number of its state, is infinite at one step. */
export const breaking = ({ loss, number }: { loss?: number; number?: number }) =>
  method({
    name: "breaking",
    config: z.strictObject({}),
    views: 1,
    sharding: "separable",
    build: () => ({ weight: state([1]), number: state([1]) }),
    schedules: () => ({
      factor: scheduled(({ step }) => (step === loss ? Number.POSITIVE_INFINITY : 1)),
      divisor: scheduled(({ step }) => (step === number ? 0 : 1)),
    }),
    step({ weight, number }, [x], _config, _mode, { factor, divisor }) {
      const brightness = affine(mean(x, { from: 1, to: 4 }), { shift: 10 }); // [N], positive
      return {
        loss: mean(mul(affine(mul(brightness, weight), { shift: 1 }), factor)),
        after: () => [{ target: number, value: div(factor, divisor) }],
      };
    },
  });

/** Learns nothing; its embeddings are the mean colours of the images that it is shown. */
export const colors = method({
  name: "colors",
  config: z.strictObject({}),
  views: 1,
  sharding: "separable",
  build: () => ({ weight: state([1]) }),
  step({ weight }, [x]) {
    const color = mean(x, { from: 1, to: 3 }); // [N, 3]
    return { loss: mean(mul(mean(color, { from: 1 }), weight)), embeddings: [color] };
  },
});
