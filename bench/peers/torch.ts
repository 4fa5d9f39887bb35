import { fileURLToPath } from "node:url";
import type { Contestant } from "../contestant.ts";
import { openPython } from "./python.ts";

const SCRIPT = fileURLToPath(new URL("torch.py", import.meta.url));

/** PyTorch on the CPU. */
export const openTorch = ({
  threads,
  width = 16,
  batch = 256,
}: {
  threads: number;
  width?: number;
  batch?: number;
}): Promise<Contestant | string> =>
  openPython("torch", { module: "torch", script: SCRIPT, args: [threads, width, batch], threads });
