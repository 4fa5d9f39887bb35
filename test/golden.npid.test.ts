/** Three steps of NPID as PyTorch takes them (golden/npid.py), by the programs that the trainer compiles. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../core/backend.ts";
import { npid } from "../core/methods/index.ts";
import { backends } from "./backends.ts";
import { golden } from "./golden.ts";
import { goldenSteps } from "./goldenSteps.ts";

const topic = golden("npid");
const [, outputs] = topic.shape("bank");
const setting = (name: string) => Number(topic.metadata[name]);

for (const [name, open] of Object.entries(backends))
  describe(`on ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(() => backend?.close());

    test.each([
      ["softmax", { loss: "softmax", ensureNeg: false }, 0],
      ["ensureNeg", { loss: "softmax", ensureNeg: true }, 0],
      ["nce", { loss: "nce", ensureNeg: false }, 1],
    ])("gradients, then networks and bank after three steps are PyTorch's: %s", async (at, how, more) => {
      const settings = {
        ...{ temperature: setting("temperature"), momentum: setting("momentum"), outputs },
        ...{ negatives: setting("negatives"), ...how },
      };
      const found = await goldenSteps(backend, topic, { method: npid, settings, state: ["bank"] });
      const theirs = (kind: string) => topic.names.filter((each) => each.startsWith(`${at}.${kind}.`));
      expect(theirs("gradient").length).toBe(6 + 2);
      for (const key of theirs("gradient"))
        topic.expectEqual(key, found.gradients.get(key.slice(`${at}.gradient.`.length))!);
      expect(theirs("after").length).toBe(6 + 2 + 1 + more);
      for (const key of theirs("after"))
        topic.expectEqual(key, found.state.get(key.slice(`${at}.after.`.length))!.data);
      topic.expectEqual(
        `${at}.losses`,
        found.metrics.map(({ loss }) => loss),
      );
    });
  });
