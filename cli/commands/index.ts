export { doctor } from "./doctor.ts";
export { evaluate } from "./eval.ts";
export { pretrain } from "./pretrain.ts";
