/**
 * Loaded before the command line (`node --import`), takes Dawn's devices away in mid-run, as a reset of the driver does: each is
 * destroyed, by WebGPU's own call, after as many submissions as LOSE_AFTER says, as long as it says so: "40,10" for the first two.
 */
import { globals } from "webgpu";

const after = (process.env.LOSE_AFTER ?? "").split(",").map(Number);
const { GPUAdapter, GPUQueue } = globals as Record<"GPUAdapter", typeof globalThis.GPUAdapter> &
  Record<"GPUQueue", typeof globalThis.GPUQueue>;

const { requestDevice } = GPUAdapter.prototype;
const { submit } = GPUQueue.prototype;
let device: GPUDevice | undefined;
let left = Number.POSITIVE_INFINITY;

GPUAdapter.prototype.requestDevice = async function (...options) {
  device = await requestDevice.apply(this, options);
  left = after.shift() ?? Number.POSITIVE_INFINITY;
  return device;
};
GPUQueue.prototype.submit = function (commands) {
  submit.call(this, commands);
  if (--left === 0) device?.destroy();
};
