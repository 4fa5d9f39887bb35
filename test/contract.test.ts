/** The contract of ops and backends: every exported op, on every backend, for every example. */
import { describe, expect, test } from "vitest";
import * as ops from "../core/ops/index.ts";
import { ShapeError, size } from "../core/shape.ts";
import { input } from "../core/tensor.ts";
import { backends } from "./backends.ts";
import { all, contract } from "./contract.ts";

for (const [name, open] of Object.entries(backends)) contract(name, open);

describe("shapes that do not fit", () => {
  test.each(
    all.filter((op) => op.definition.examples[0][0].length).map((op) => [op.definition.name, op] as const),
  )("are refused by %s, which names itself", (name, op) => {
    const [shapes, attributes] = op.definition.examples[0];
    const misfits = shapes.map((_, k) =>
      shapes.map((shape, j) => input(j === k ? [7, 11, 13, 17, 19] : shape, op.definition.inputs?.[j])),
    );
    const refused = misfits.filter((inputs) => {
      try {
        op(...inputs, attributes);
        return false;
      } catch (error) {
        expect(error).toBeInstanceOf(ShapeError);
        expect((error as Error).message).toMatch(new RegExp(`^${name}: .*; got \\[`));
        return true;
      }
    });
    const anyShape =
      shapes.length === 1 && size(op(input(shapes[0], op.definition.inputs?.[0]), attributes).shape) >= 0;
    expect(refused.length > 0 || anyShape).toBe(true);
  });

  test("element types that do not fit are refused", () => {
    expect(() => ops.relu(input([2], "u32"))).toThrow(/relu: input 0 must be f32; got u32 \[2\]/);
  });
});
