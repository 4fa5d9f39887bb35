/** Three steps of NPID as PyTorch takes them (golden/npid.py), by the programs that the trainer compiles. */
import { test } from "vitest";
import { npid } from "../core/methods/index.ts";
import { golden, onEachBackend } from "./golden.ts";
import { expectSteps, goldenSteps } from "./goldenSteps.ts";

const topic = golden("npid");
const [, outputs] = topic.shape("bank");
const setting = (name: string) => Number(topic.metadata[name]);

onEachBackend((_, opened) => {
  test.each([
    ["softmax", { loss: "softmax", ensureNeg: false }, 0],
    ["ensureNeg", { loss: "softmax", ensureNeg: true }, 0],
    ["nce", { loss: "nce", ensureNeg: false }, 1],
  ])("gradients, then networks and bank after three steps are PyTorch's: %s", async (at, how, more) => {
    const settings = {
      ...{ temperature: setting("temperature"), momentum: setting("momentum"), outputs },
      ...{ negatives: setting("negatives"), ...how },
    };
    const found = await goldenSteps(opened(), topic, { method: npid, settings, state: ["bank"] });
    expectSteps(topic, found, { gradients: 6 + 2, after: 6 + 2 + 1 + more }, `${at}.`);
  });
});
