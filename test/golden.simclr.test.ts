/** Three steps of SimCLR as PyTorch takes them (golden/simclr.py), by the programs that the trainer compiles. */
import { test } from "vitest";
import { simclr } from "../core/methods/index.ts";
import { golden, onEachBackend } from "./golden.ts";
import { expectSteps, goldenSteps } from "./goldenSteps.ts";

const topic = golden("simclr");
const setting = (name: string) => Number(topic.metadata[name]);

onEachBackend((_, opened) => {
  test("gradients, then networks after three steps on two views are PyTorch's", async () => {
    const projector = { hidden: setting("hidden"), outputs: setting("outputs") };
    const settings = { temperature: setting("temperature"), projector };
    const found = await goldenSteps(opened(), topic, { method: simclr, settings });
    expectSteps(topic, found, { gradients: 6 + 6, after: 6 + 6 });
  });
});
