export { adamw } from "./adamw.ts";
export { lars } from "./lars.ts";
export type { Optimizer } from "./optimizer.ts";
export type { Options, Rule } from "./options.ts";
export { cosine, cosineTo, multiStep, type Schedule, warmUp } from "./schedule.ts";
export { sgd } from "./sgd.ts";
