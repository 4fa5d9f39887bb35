import { z } from "zod";
import { checkClusters, kmeans, pca, project } from "../cluster/index.ts";
import { permutation } from "../data/sampler.ts";
import { log } from "../math.ts";
import { linear } from "../nn/index.ts";
import { mean, softmaxCrossEntropy, takeLabels } from "../ops/index.ts";
import { stream } from "../random.ts";
import { size } from "../shape.ts";
import { leaves, state } from "../tensor.ts";
import { type Host, method, setting } from "./method.ts";

const config = z.strictObject({
  clusters: setting(
    z.int().min(1).default(10000),
    "Clusters of images, which are the classes to be told apart.",
    "k; section 4.1",
  ),
  pca: setting(
    z.int().min(1).default(256),
    "Principal components of the features, whitened, that are clustered.",
    "section 3.3",
  ),
  iterations: setting(
    z.int().min(1).default(20),
    "Rounds of k-means before each epoch.",
    "OpenSelfSup's clustering.py",
  ),
  perCluster: setting(
    z.number().min(1).default(39),
    "Images that a cluster must have on average; with fewer a run is refused.",
    "faiss's min_points_per_centroid",
  ),
});
type Config = z.infer<typeof config>;

/** Of the classifier's first weights; OpenSelfSup's deepcluster configs. */
const DEVIATION = 0.01;

/**
 * DeepCluster: before each epoch the encoder's features are clustered, and an epoch learns to tell the clusters apart.
 *
 * Features of all images, without augmentation and by running statistics, go through PCA with whitening, to unit length,
 * to k-means; none of its clusters is empty. Clusters bear no relation to those of the epoch before, so the classifier
 * begins anew, with weights N(0, 0.01) and no bias; an optimizer with momentum should have none for `^head`, as it would
 * be that of another classifier. An epoch shows all clusters equally often.
 *
 * Caron et al. 2018, sections 3.2 and 3.3. https://arxiv.org/abs/1807.05520
 */
export const deepcluster = method({
  name: "deepcluster",
  family: "clustering",
  paper:
    "Caron et al. 2018, Deep clustering for unsupervised learning of visual features. https://arxiv.org/abs/1807.05520",
  config,
  views: 1,
  sharding: "separable",

  build(makeEncoder, { clusters }, { samples }) {
    const encoder = makeEncoder();
    return { encoder, head: linear(encoder.dimension, clusters), labels: state([samples], undefined, "u32") };
  },

  step({ encoder, head, labels }, [x], config, mode, { index }) {
    checkFits(config, size(labels.shape), encoder.dimension);
    const h = encoder(x, mode); //  [N, D]
    return { loss: mean(softmaxCrossEntropy(head(h, mode), takeLabels(labels, index))), embeddings: [h] };
  },

  async beforeEpoch({ nets: { encoder, head, labels }, config, backend, samples, features, write, ...at }) {
    const rows = { values: await features(), count: samples, dimension: encoder.dimension };
    const components = await pca(backend, rows, { dimensions: config.pca });
    const whitened = await project(backend, rows, components, { whiten: true, unit: true });
    const { clusters: k, iterations } = config;
    const seed = streamOf(at, "k-means").u32();
    write(labels, (await kmeans(backend, whitened, { k, iterations, seed })).labels);

    const random = streamOf(at, "head");
    for (const [path, x] of leaves(head.state)) {
      const values = new Float32Array(size(x.shape));
      write(x, path === "bias" ? values : values.map(() => DEVIATION * random.normal()));
    }
  },

  /** A cluster shows N / k of its images, some more than once where it has fewer; which and in what order is drawn. */
  async sampler({ nets, config: { clusters: k }, samples, read, ...at }) {
    const members: number[][] = Array.from({ length: k }, () => []);
    for (const [n, label] of (await read(nets.labels)).entries()) members[label].push(n);
    const orders = members.map((own, c) => permutation(own.length, streamOf(at, "members", c)));
    const order = permutation(Math.ceil(samples / k) * k, streamOf(at, "order"));
    return (position) => {
      const [drawn, c] = [Math.floor(order(position) / k), order(position) % k];
      return members[c][orders[c](drawn % members[c].length)];
    };
  },

  warnings: ({ clusters }) =>
    clusters === 1 ? ["1 cluster: there is nothing to tell apart; set method.clusters to 2 or more"] : [],

  collapse: ({ clusters }) => log(clusters),
});

/** What is drawn for an epoch. */
const streamOf = ({ seed, step, perEpoch }: At, ...path: (number | string)[]) =>
  stream(seed, "deepcluster", Math.floor(step / perEpoch), ...path);
type At = Pick<Host, "seed" | "step" | "perEpoch">;

/** In `step`, since networks are also built for other images, to be evaluated. */
function checkFits({ clusters, pca, perCluster }: Config, samples: number, dimension: number): void {
  checkClusters("deepcluster", { clusters, samples, each: perCluster, key: "perCluster" });
  if (pca > dimension)
    throw new RangeError(
      `deepcluster: method.pca: ${pca} components of features that have ${dimension}; there are at most ${dimension}: --set method.pca=${dimension}`,
    );
}
