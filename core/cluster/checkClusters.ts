/** That each of the clusters that a method is to make of so many images may have `each`. Throws one line with what would do. */
export function checkClusters(
  method: string,
  { clusters, samples, each, key }: { clusters: number; samples: number; each: number; key: string },
): void {
  const most = Math.floor(samples / each);
  if (clusters > most)
    throw new RangeError(
      `${method}: method.clusters: ${clusters} clusters of ${samples} images have ${(samples / clusters).toFixed(1)} each; ` +
        (most
          ? `at ${each} (method.${key}) there are at most ${most}`
          : `take ${each} images at least, or lower method.${key}`),
    );
}
