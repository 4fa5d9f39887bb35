export type { Optimizer } from "./optimizer.ts";
export { cosine, type Schedule } from "./schedule.ts";
export { sgd } from "./sgd.ts";
