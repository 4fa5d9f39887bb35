import { l2Normalize, matmul, mean, sub, takeAlong, topK } from "../ops/index.ts";
import { reshape, type Tensor } from "../tensor.ts";

/**
 * Rows labelled anew, each by the centroid with which its product is the largest, of equal ones the first; and the share of
 * rows for which that product exceeds their own label's.
 *
 *     rows [N, D], centroids [k, D], own u32 [N], each below k -> labels u32 [N], changed []
 */
export function relabel(rows: Tensor, centroids: Tensor, own: Tensor): { labels: Tensor; changed: Tensor } {
  const products = matmul(rows, centroids, { tb: true }); //  [N, k]
  const largest = topK(products, { k: 1 }); //                [N, 1]
  const gain = sub(takeAlong(products, largest), takeAlong(products, reshape(own, largest.shape)));
  return {
    labels: reshape(largest, own.shape),
    changed: mean(l2Normalize(gain)), // 1 where there is a gain, 0 where there is none
  };
}
