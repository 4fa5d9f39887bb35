import { readFileSync } from "node:fs";
import type { Backend } from "../core/backend.ts";
import { createBackend } from "../core-as/index.ts";
import { openBackend as openAs } from "../core-as/node.ts";
import { openBackend as openWgsl } from "../core-wgsl/index.ts";

/** Every way in which programs run: threads, with V8's pairs of vectors (where it has them) and without, one thread as on Workers, plain SIMD, and WGSL on whatever Vulkan finds. */
export const backends: Record<string, () => Promise<Backend>> = {
  "as, 2 threads": () => openAs({ threads: 2 }),
  "as, 3 threads, plain": () => openAs({ threads: 3, level: "plain", revectorize: false }),
  "as, no threads": async () => {
    const module = new WebAssembly.Module(
      readFileSync(new URL("../core-as/build/relaxed.wasm", import.meta.url)),
    );
    return createBackend({ module, level: "relaxed", memory: new WebAssembly.Memory({ initial: 2 }) });
  },
  wgsl: () => openWgsl(),
};
