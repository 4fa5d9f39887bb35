import { sgd as update } from "../ops/index.ts";
import { type Common, type Optimizer, optimizer } from "./optimizer.ts";

/** Stochastic gradient descent with momentum; weight decay on all parameters, as in PyTorch. See ops/sgd.ts. */
export const sgd = ({
  momentum = 0,
  decay = 0,
  nesterov = false,
  ...common
}: Common & { momentum?: number; decay?: number; nesterov?: boolean } = {}): Optimizer =>
  optimizer(
    { momentum, decay, ...common },
    {
      slots: ["momentum"],
      row: (rate, options) => [rate, options.momentum, options.decay],
      update: (arena, g, settings, owners) => update(arena, g, settings, owners, { nesterov }),
    },
  );
