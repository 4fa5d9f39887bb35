/** Three steps of ODC as PyTorch takes them (golden/odc.py), by the programs that the trainer compiles. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../core/backend.ts";
import { type Host, odc } from "../core/methods/index.ts";
import type { Tensor } from "../core/tensor.ts";
import { backends } from "./backends.ts";
import { golden } from "./golden.ts";
import { goldenSteps } from "./goldenSteps.ts";

const topic = golden("odc");
const setting = (name: string) => Number(topic.metadata[name]);
const settings = {
  ...{ clusters: setting("clusters"), momentum: setting("momentum"), iterations: 20 },
  ...{ minCluster: setting("least"), every: setting("every") },
  projector: { hidden: setting("hidden"), outputs: topic.shape("features")[1], dropout: 0 },
};
const memories = ["features", "labels", "centroids", "weights"];

for (const [name, open] of Object.entries(backends))
  describe(`on ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(() => backend?.close());

    test("gradients, then networks, memories, labels and centroids after three steps are PyTorch's", async () => {
      const found = await goldenSteps(
        backend,
        topic,
        { method: odc, settings, state: memories },
        (step, at) => {
          const nets = at.tree as Record<string, Tensor>;
          const host = { nets, config: settings, seed: 0, step, read: at.read, write: at.write };
          return odc.afterStep!.run(host as unknown as Host<never, typeof settings>); // what it uses of one
        },
      );
      expect(topic.f32("margin")[0]).toBeGreaterThan(1e-3); // so that labels may not differ
      expect(topic.f32("dissolved")[0]).toBeGreaterThan(0);
      const theirs = (kind: string) => topic.names.filter((each) => each.startsWith(`${kind}.`));
      expect(theirs("gradient").length).toBe(6 + 3 + 2);
      for (const key of theirs("gradient"))
        topic.expectEqual(key, found.gradients.get(key.slice("gradient.".length))!);
      expect([...found.state.get("labels")!.data]).toEqual([...topic.values("after.labels")]);
      expect(theirs("after").length).toBe(6 + 4 + 2 + memories.length);
      for (const key of theirs("after"))
        topic.expectEqual(key, found.state.get(key.slice("after.".length))!.data);
      for (const [key, metric] of Object.entries({ losses: "loss", changed: "changed" }))
        topic.expectEqual(
          key,
          found.metrics.map((each) => each[metric]),
        );
    });
  });
