import { z } from "zod";
import { apply, checkClusters, kmeans, maintain, relabel, weightsOf } from "../cluster/index.ts";
import { weightedCrossEntropy } from "../losses/index.ts";
import { log } from "../math.ts";
import { batchNorm, blend, dropout, layer, linear, sequence, store } from "../nn/index.ts";
import { l2Normalize, relu, scatterLabels, takeLabels, takeRows } from "../ops/index.ts";
import { stream } from "../random.ts";
import { state, type Tensor } from "../tensor.ts";
import { method, setting } from "./method.ts";

const CONFIGS = "OpenSelfSup's odc configs";

const projector = z
  .strictObject({
    hidden: setting(z.int().positive().default(512), "Width of the projector's hidden layer.", CONFIGS),
    outputs: setting(z.int().positive().default(256), "Numbers of a feature in memory.", CONFIGS),
    dropout: setting(z.number().min(0).lt(1).default(0.5), "Share of hidden numbers to drop.", CONFIGS),
  })
  .prefault({});

/** Of the classifier's first weights; OpenSelfSup's ClsHead. */
const DEVIATION = 0.01;

/**
 * ODC, online deep clustering: labels of images and their clusters change a little at each step, by memories.
 *
 * A memory holds a feature of unit length and a label of each image, begun by one k-means of all. A step learns the labels
 * that its images have, mixes their features into the memory and labels them anew by the nearest centroid; `changed` is the
 * share that changes. Centroids are means of the memory, every so many steps; clusters that become small dissolve, and the
 * largest are bisected for them (cluster/rebalance.ts), on the host after each step. Losses are weighted by
 * (count + 1e-5)^-1/2 of a label's cluster and divided by the weights' sum, in each shard by its own. An epoch draws with
 * replacement. An optimizer with momentum should have none for `^head`.
 *
 * Zhan et al. 2020, section 3. https://arxiv.org/abs/2006.10645
 */
export const odc = method({
  name: "odc",
  family: "clustering",
  paper:
    "Zhan et al. 2020, Online deep clustering for unsupervised representation learning. https://arxiv.org/abs/2006.10645",

  config: z.strictObject({
    clusters: setting(z.int().min(2).default(10000), "Clusters: the classes to tell apart.", "section 4.1"),
    momentum: setting(
      z.number().min(0).max(1).default(0.5),
      "What a feature in memory keeps.",
      "section 4.1",
    ),
    minCluster: setting(z.int().min(1).default(20), "A cluster of fewer images dissolves.", "section 4.1"),
    every: setting(z.int().min(1).default(10), "Steps between updates of all centroids.", "section 4.1"),
    iterations: setting(
      z.int().min(1).default(20),
      "Rounds of the first k-means.",
      "OpenSelfSup's clustering.py",
    ),
    projector,
  }),

  views: 1,
  sharding: "separable", // images meet the memories only

  build(makeEncoder, { clusters, projector: { hidden, outputs, dropout: p } }, { samples }) {
    const encoder = makeEncoder();
    const rectify = (x: Tensor) => relu(x);
    const first = [linear(encoder.dimension, hidden), batchNorm(hidden, { affine: false }), rectify];
    return {
      encoder,
      projector: sequence(...first, dropout(p), linear(hidden, outputs), rectify),
      head: linear(outputs, clusters, { deviation: DEVIATION }),
      features: state([samples, outputs]), // `beforeEpoch` writes it
      labels: state([samples], undefined, "u32"),
      centroids: state([clusters, outputs]),
      weights: state([clusters]),
    };
  },

  step(nets, [x], { clusters, momentum, minCluster: each }, mode, { index }) {
    const { encoder, projector, head, features, labels, centroids, weights } = nets;
    checkClusters("odc", { clusters, samples: labels.shape[0], each, key: "minCluster" });
    const h = projector(encoder(x, mode), mode); //                                     [N, D]
    const own = takeLabels(labels, index); //                                           [N]
    const next = blend(takeRows(features, index), l2Normalize(h), momentum); //         [N, D]
    const found = relabel(next, centroids, own);
    return {
      loss: weightedCrossEntropy(head(h, mode), own, weights),
      metrics: { changed: found.changed },
      embeddings: [h],
      after(gather) {
        const seen = gather(index);
        const label = scatterLabels(labels, gather(found.labels), seen);
        return [store(features, gather(next), seen), { target: labels, value: label }];
      },
    };
  },

  async beforeEpoch({ nets, config: { clusters: k, iterations }, backend, samples, seed, step, ...host }) {
    if (step > 0) return;
    const { encoder, projector, ...memory } = nets;
    const rows = { values: await host.features(), count: samples, dimension: encoder.dimension };
    const unit = layer(projector.state, (x, mode) => l2Normalize(projector(x, mode)));
    const found = await apply(backend, unit, rows, host.read);
    const start = stream(seed, "odc", "k-means").u32();
    const { labels, counts, centroids } = await kmeans(backend, found, { k, iterations, seed: start });
    host.write(memory.features, found.values);
    host.write(memory.labels, labels);
    host.write(memory.centroids, centroids);
    host.write(memory.weights, weightsOf(counts));
  },

  /** With replacement. */
  sampler({ samples, seed, step, perEpoch }) {
    const random = stream(seed, "odc", "order", Math.floor(step / perEpoch));
    return (position) => random.at(position).below(samples);
  },

  afterStep: {
    every: () => 1,
    async run({ nets, config: { clusters: k, every, minCluster: least }, seed, step, read, write }) {
      const { features, labels, centroids } = nets;
      const memory = { rows: features, labels, centroids };
      const random = stream(seed, "odc", "splits", step);
      const recentres = step % every === 0;
      const counts = await maintain(memory, { k, least, recentres, random }, { read, write });
      write(nets.weights, weightsOf(counts));
    },
  },

  collapse: ({ clusters }) => log(clusters),
});
