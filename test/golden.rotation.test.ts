/** Three steps of rotation prediction as PyTorch takes them (golden/rotation.py), by the programs that the trainer compiles. */
import { test } from "vitest";
import { rotation } from "../core/methods/index.ts";
import { golden, onEachBackend } from "./golden.ts";
import { expectSteps, goldenSteps } from "./goldenSteps.ts";

const topic = golden("rotation");

onEachBackend((_, opened) => {
  test("gradients, then networks after three steps of four turns an image are PyTorch's", async () => {
    const found = await goldenSteps(opened(), topic, { method: rotation, settings: {} });
    expectSteps(topic, found, { gradients: 6 + 2, after: 6 + 2 });
  });
});
