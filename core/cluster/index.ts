/** Clusters of rows and their principal components, computed on a device in bounded memory. */
export { apply } from "./apply.ts";
export { type Assigned, assign } from "./assignment.ts";
export { checkClusters } from "./checkClusters.ts";
export { type Clusters, type KmeansOptions, kmeans } from "./kmeans.ts";
export { type ClusterMemory, maintain, weightsOf } from "./maintain.ts";
export { type Pca, type ProjectOptions, pca, project } from "./pca.ts";
export { countsOf, rebalance, recentre } from "./rebalance.ts";
export { relabel } from "./relabel.ts";
export type { Rows } from "./rows.ts";
