/** That each of the clusters that a method is to make of so many images may have `each`. Throws one line with what would do. */
export function checkClusters(
  method: string,
  { clusters, samples, each, key }: { clusters: number; samples: number; each: number; key: string },
): void {
  const most = Math.floor(samples / each);
  if (clusters <= most) return;
  const fewer = Math.floor(samples / clusters);
  const lower = fewer
    ? `--set method.${key}=${fewer}`
    : `--set method.clusters=${samples} --set method.${key}=1`;
  throw new RangeError(
    `${method}: method.clusters: ${clusters} clusters of ${samples} images have ${(samples / clusters).toFixed(1)} each; ` +
      (most > 1 // one cluster is nothing to tell apart
        ? `at ${each} (method.${key}) there are at most ${most}: --set method.clusters=${most}`
        : `take ${2 * each} images at least, or ${lower}`),
  );
}
