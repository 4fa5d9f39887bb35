/** Three steps of relative location as PyTorch takes them (golden/relative-location.py), by the programs that the trainer compiles. */
import { test } from "vitest";
import { relativeLocation } from "../core/methods/index.ts";
import { golden, onEachBackend } from "./golden.ts";
import { expectSteps, goldenSteps } from "./goldenSteps.ts";

const topic = golden("relative-location");
const setting = (name: string) => Number(topic.metadata[name]);

onEachBackend((_, opened) => {
  test("gradients, then networks after three steps of nine patches an image are PyTorch's", async () => {
    const found = await goldenSteps(opened(), topic, {
      method: relativeLocation,
      settings: { hidden: setting("hidden"), dropout: setting("dropout") },
      views: [{ flip: 0, steps: [{ patches: { size: setting("patch") } }] }],
      drawn: ["places"],
    });
    expectSteps(topic, found, { gradients: 6 + 3 + 2, after: 6 + 3 + 2 });
  });
});
