/** Three steps of MoCo v2 as PyTorch takes them (golden/moco.py), by the programs that the trainer compiles. */
import { test } from "vitest";
import { mocov2 } from "../core/methods/index.ts";
import { golden, onEachBackend } from "./golden.ts";
import { expectSteps, goldenSteps } from "./goldenSteps.ts";

const topic = golden("moco");
const setting = (name: string) => Number(topic.metadata[name]);
const [queue, outputs] = topic.shape("queue");

onEachBackend((_, opened) => {
  test.each([
    ["oneway", false],
    ["symmetric", true],
  ])(
    "three steps with the %s loss leave the networks, the target and the queue as PyTorch's",
    async (at, symmetric) => {
      const settings = {
        ...{ temperature: setting("temperature"), momentum: setting("momentum"), symmetric, queue },
        projector: { hidden: 8, outputs },
      };
      const found = await goldenSteps(opened(), topic, { method: mocov2, settings, state: ["queue"] });
      expectSteps(topic, found, { gradients: 0, after: 1 + 2 * (6 + 4) }, `${at}.`);
    },
  );
});
