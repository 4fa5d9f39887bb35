/** Three steps of BYOL as PyTorch takes them (golden/byol.py), by the programs that the trainer compiles. */
import { test } from "vitest";
import { byol } from "../core/methods/index.ts";
import { golden, onEachBackend } from "./golden.ts";
import { expectSteps, goldenSteps } from "./goldenSteps.ts";

const topic = golden("byol");
const setting = (name: string) => Number(topic.metadata[name]);

onEachBackend((_, opened) => {
  test("gradients, then networks and a target that follows ever more slowly are PyTorch's", async () => {
    const projector = { hidden: setting("hidden"), outputs: setting("outputs") };
    const settings = { momentum: setting("momentum"), projector };
    const found = await goldenSteps(opened(), topic, { method: byol, settings });
    expectSteps(topic, found, { gradients: 6 + 4 + 4, after: 6 + 4 + 4 + (6 + 4) });
  });
});
