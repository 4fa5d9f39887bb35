/** More clusters than images can fill are refused with settings that would do. */
import { expect, test } from "vitest";
import { checkClusters } from "../../../core/cluster/index.ts";

test.each<[clusters: number, samples: number, each: number, end: RegExp]>([
  [11, 80, 8, /at 8 \(method\.least\) there are at most 10: --set method\.clusters=10$/],
  [3, 80, 39, / there are at most 2: --set method\.clusters=2$/],
  [4, 50, 39, /; take 78 images at least, or --set method\.least=12$/], // one cluster is nothing to tell apart
  [1000, 30, 20, /; take 40 images at least, or --set method\.clusters=30 --set method\.least=1$/],
])("%i clusters of %i images, of %i each", (clusters, samples, each, end) => {
  const check = (of: { clusters: number; each: number }) =>
    checkClusters("odc", { samples, key: "least", ...of });
  const asked = { clusters, each };
  let message = "";
  try {
    check(asked);
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).toMatch(end);
  const taken = Object.fromEntries(
    [...message.matchAll(/--set method\.(\w+)=(\d+)/g)].map(([, k, v]) => [k, Number(v)]),
  );
  check({ clusters: taken.clusters ?? clusters, each: taken.least ?? each }); // which goes
});
