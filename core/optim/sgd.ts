import { sgd as update } from "../ops/index.ts";
import type { Optimizer } from "./optimizer.ts";

/** Stochastic gradient descent with momentum; weight decay on all parameters, as in PyTorch. See ops/sgd.ts. */
export const sgd = ({ momentum = 0, decay = 0 } = {}): Optimizer => ({
  slots: ["momentum"],
  settings: (rate) => Float32Array.of(rate, momentum, decay),
  update: (arena, g, settings) => update(arena, g, settings),
});
