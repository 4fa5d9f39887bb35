export { type Method, method, type Nets, type StepResult, stateOf } from "./method.ts";
export { simclr } from "./simclr.ts";
