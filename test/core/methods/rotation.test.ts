import { expect, test } from "vitest";
import { rotation } from "../../../core/methods/index.ts";
import { quarterTurns } from "../../../core/ops/index.ts";
import { input, state } from "../../../core/tensor.ts";
import { backends } from "../../backends.ts";
import { holds, run } from "../run.ts";

test("an image's four turns lie side by side, counter-clockwise, labelled 0 to 3", async () => {
  const x = input([2, 2, 2, 1]);
  const target = state([8, 2, 2, 1]);
  const backend = await backends["as, no threads"]();
  // 1 2    2 4    4 3    3 1
  // 3 4    1 3    2 1    4 2
  const { results } = await run(
    backend,
    [[{ target, value: quarterTurns(x) }]],
    [holds(x, 1, 2, 3, 4, 10, 20, 30, 40)],
    [target],
  );
  await backend.close();
  const one = [...[1, 2, 3, 4], ...[2, 4, 1, 3], ...[4, 3, 2, 1], ...[3, 1, 4, 2]];
  expect(results).toEqual([[...one, ...one.map((value) => 10 * value)].join(" ")]);

  const { labels } = rotation.schedules!({}, 2);
  const values = new Uint32Array(8);
  labels.write(values);
  expect([labels.shape, [...values]]).toEqual([[8], [0, 1, 2, 3, 0, 1, 2, 3]]);
});

test("images that are not square are refused", () => {
  expect(() => quarterTurns(input([1, 2, 3, 3]))).toThrow(
    "quarterTurns: images must be square; got [1, 2, 3, 3]",
  );
});
