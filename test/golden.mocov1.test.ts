/** Three steps of MoCo v1 as PyTorch takes them (golden/mocov1.py), by the programs that the trainer compiles. */
import { test } from "vitest";
import { mocov1 } from "../core/methods/index.ts";
import { golden, onEachBackend } from "./golden.ts";
import { expectSteps, goldenSteps } from "./goldenSteps.ts";

const topic = golden("mocov1");
const setting = (name: string) => Number(topic.metadata[name]);
const [queue, outputs] = topic.shape("queue");

onEachBackend((_, opened) => {
  test("gradients, then networks, target and queue after three steps are PyTorch's", async () => {
    const settings = {
      ...{ temperature: setting("temperature"), momentum: setting("momentum"), queue },
      projector: { outputs },
    };
    const found = await goldenSteps(opened(), topic, { method: mocov1, settings, state: ["queue"] });
    expectSteps(topic, found, { gradients: 6 + 2, after: 1 + 2 * (6 + 2) });
  });
});
