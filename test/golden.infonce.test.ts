/** InfoNCE against a queue, and the queries' gradients, as PyTorch computes them (golden/infonce.py). */
import { test } from "vitest";
import { gradients } from "../core/autograd.ts";
import { infoNce } from "../core/losses/infoNce.ts";
import { l2Normalize } from "../core/ops/index.ts";
import { input } from "../core/tensor.ts";
import { golden, onEachBackend } from "./golden.ts";

const losses = golden("infonce");
const sizes = losses.names.filter((name) => name.endsWith(".q")).map((name) => name.slice(0, -2));

onEachBackend((compute) => {
  test.each(sizes)(
    "InfoNCE of %s, and its gradient before queries are normalised, are PyTorch's",
    async (size) => {
      const [q, k, queue] = ["q", "k", "queue"].map((name) => input(losses.shape(`${size}.${name}`)));
      const [temperature] = losses.f32(`${size}.temperature`);
      const loss = infoNce(l2Normalize(q), l2Normalize(k), l2Normalize(queue), { temperature });
      const given = new Map([
        [q, losses.f32(`${size}.q`)],
        [k, losses.f32(`${size}.k`)],
        [queue, losses.f32(`${size}.queue`)],
      ]);
      const [value, dq] = await compute([loss, ...gradients(loss, [q])], given);
      losses.expectEqual(`${size}.loss`, value);
      losses.expectEqual(`${size}.dq`, dq);
    },
  );
});
