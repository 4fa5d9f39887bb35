/** A Worker that runs a program on the CPU backend: matrix product and its gradient, answered as JSON. */

import { gradients } from "../../../core/autograd.ts";
import { Memory } from "../../../core/memory.ts";
import { matmul, sum } from "../../../core/ops/index.ts";
import { compile } from "../../../core/program.ts";
import { input, state } from "../../../core/tensor.ts";
import plain from "../../../core-as/build/plain.wasm";
import relaxed from "../../../core-as/build/relaxed.wasm";
import { createBackend } from "../../../core-as/index.ts";

const modules = { plain, relaxed };

export default {
  async fetch(request: Request): Promise<Response> {
    const level = new URL(request.url).pathname.slice(1) as keyof typeof modules;
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
