import { z } from "zod";
import { method } from "../../../core/methods/index.ts";
import { linear } from "../../../core/nn/index.ts";
import { mean, softmaxCrossEntropy, takeLabels } from "../../../core/ops/index.ts";
import { stream } from "../../../core/random.ts";
import { state } from "../../../core/tensor.ts";

export const CLUSTERS = 4;

/** The label of each image: which of the first features exceeds its mean over all images most. */
export function labelled(features: Float32Array, samples: number): Uint32Array<ArrayBuffer> {
  const dimension = features.length / samples;
  const at = (n: number, d: number) => features[n * dimension + d];
  const means = Array.from({ length: CLUSTERS }, (_, d) => {
    let sum = 0;
    for (let n = 0; n < samples; n++) sum += at(n, d);
    return sum / samples;
  });
  return Uint32Array.from({ length: samples }, (_, n) => {
    const excess = means.map((mean, d) => at(n, d) - mean);
    return excess.indexOf(Math.max(...excess));
  });
}

/** What a method that learns from clusters does: DeepCluster, without its k-means. `tell` hears what is done when. */
export const clusters = (tell: (event: string) => void = () => {}) =>
  method({
    name: "clusters",
    config: z.strictObject({}),
    views: 1,
    sharding: "separable",

    build(makeEncoder, _config, { samples }) {
      const encoder = makeEncoder();
      return {
        ...{ encoder, head: linear(encoder.dimension, CLUSTERS) },
        ...{ labels: state([samples], undefined, "u32"), counter: state([1], undefined, "u32") },
      };
    },

    async beforeEpoch({ nets, features, samples, write, step }) {
      tell(`clusters before step ${step}`);
      write(nets.labels, labelled(await features(), samples));
    },

    /** Uniform over the clusters that have members, with replacement. */
    async sampler({ nets, read, seed, step, perEpoch }) {
      tell(`order before step ${step}`);
      const members = new Map<number, number[]>();
      for (const [n, label] of (await read(nets.labels)).entries())
        members.set(label, [...(members.get(label) ?? []), n]);
      const lists = [...members.values()];
      const random = stream(seed, "clusters", Math.floor(step / perEpoch));
      return (position) => {
        const list = lists[random.at(position).below(lists.length)];
        return list[random.below(list.length)];
      };
    },

    step({ encoder, head, labels }, [x], _config, mode, { index }) {
      const h = encoder(x, mode); //  [N, D]
      return { loss: mean(softmaxCrossEntropy(head(h, mode), takeLabels(labels, index))), embeddings: [h] };
    },

    afterStep: {
      every: () => 3,
      async run({ nets, read, write, step }) {
        tell(`count after step ${step}`);
        const [count] = await read(nets.counter);
        write(nets.counter, Uint32Array.of(count + 1));
      },
    },
  });
