/** A Worker that runs a program on the CPU backend, matrix product and its gradient, and resizes an image; answers as JSON. */

import { gradients } from "../../../core/autograd.ts";
import { resizer } from "../../../core/data/resize.ts";
import { Memory } from "../../../core/memory.ts";
import { matmul, sum } from "../../../core/ops/index.ts";
import { compile } from "../../../core/program.ts";
import { input, state } from "../../../core/tensor.ts";
import plain from "../../../core-as/build/plain.wasm";
import relaxed from "../../../core-as/build/relaxed.wasm";
import resize from "../../../core-as/build/resize.wasm";
import { createBackend } from "../../../core-as/index.ts";

const modules = { plain, relaxed };

export default {
  async fetch(request: Request): Promise<Response> {
    const path = new URL(request.url).pathname.slice(1);
    if (path === "resize") {
      const image = {
        width: 40,
        height: 30,
        pixels: Uint8Array.from({ length: 3600 }, (_, i) => (i * i) % 251),
      };
      const pixels = new Uint8Array(3 * 7 * 50);
      const box = { top: 2, left: 3, height: 27, width: 31 };
      resizer(resize)(image, box, { height: 7, width: 50, pixels });
      return Response.json(Array.from(pixels));
    }
    const level = path as keyof typeof modules;
    const backend = createBackend({
      module: modules[level],
      level,
      memory: new WebAssembly.Memory({ initial: 2 }),
    });
    const memory = new Memory(backend);
    const [a, b] = [input([13, 9]), input([9, 11])];
    const y = matmul(a, b);
    const [da] = gradients(sum(y), [a]);
    const [product, gradient] = [state(y.shape), state(a.shape)];
    const program = await compile(backend, memory, [
      [
        { target: product, value: y },
        { target: gradient, value: da },
      ],
    ]);
    for (const x of [a, b])
      memory.write(
        x,
        Float32Array.from({ length: x.shape[0] * x.shape[1] }, (_, i) => i % 7),
      );
    await program.run();
    return Response.json({
      product: Array.from(await memory.read(product)),
      gradient: Array.from(await memory.read(gradient)),
    });
  },
};
