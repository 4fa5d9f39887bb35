/** Methods, and what one of your own is made of. */

export { byol } from "./byol.ts";
export { deepcluster } from "./deepcluster.ts";
export {
  type Family,
  type Gather,
  type Host,
  type Method,
  type Moment,
  method,
  type Nets,
  type PerStep,
  type Sampler,
  type Schedules,
  type StepResult,
  scheduled,
  setting,
  stateOf,
} from "./method.ts";
export { mocov1 } from "./mocov1.ts";
export { mocov2 } from "./mocov2.ts";
export { npid } from "./npid.ts";
export { odc } from "./odc.ts";
export { relativeLocation } from "./relativeLocation.ts";
export { rotation } from "./rotation.ts";
export { simclr } from "./simclr.ts";
