import { afterAll, beforeAll, expect, test } from "vitest";
import { ancestry, detach, gradients, reached } from "../../core/autograd.ts";
import type { Backend } from "../../core/backend.ts";
import { add, affine, exp, matmul, mul, relu, sum } from "../../core/ops/index.ts";
import { input, reshape, state, type Tensor } from "../../core/tensor.ts";
import { backends } from "../backends.ts";
import { holds, run } from "./run.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await backends["as, no threads"]();
});
afterAll(() => backend.close());

const [x, y] = [input([3]), input([3])];

/** Gradients of a loss at x = (1, 2, 3), y = (4, 5, 6). */
async function at(loss: Tensor, ...wrt: Tensor[]): Promise<string[]> {
  const values = gradients(loss, wrt);
  const targets = values.map((value) => state(value.shape));
  const segment = targets.map((target, i) => ({ target, value: values[i] }));
  return (await run(backend, [segment], [holds(x, 1, 2, 3), holds(y, 4, 5, 6)], targets)).results;
}

test("a product gives each factor the other one", async () => {
  expect(await at(sum(mul(x, y)), x, y)).toEqual(["4 5 6", "1 2 3"]);
});

test("all paths from a tensor to the loss add up", async () => {
  expect(await at(sum(mul(x, x)), x)).toEqual(["2 4 6"]);
  const shared = mul(x, y);
  const loss = sum(add(add(shared, mul(shared, x)), affine(x, { scale: 10 }))); // xy + x^2 y + 10 x
  expect(await at(loss, x)).toEqual(["22 35 52"]); // y + 2xy + 10
});

test("a tensor in the middle has a gradient too, and what lies before it has its own", async () => {
  const middle = mul(x, y);
  expect(await at(sum(mul(middle, middle)), middle, x)).toEqual(["8 20 36", "32 100 216"]);
});

test("the gradient of the loss with respect to itself is one", async () => {
  const loss = sum(x);
  expect(await at(loss, loss)).toEqual(["1"]);
});

test("other shapes of a tensor lead back to it", async () => {
  const loss = sum(mul(matmul(reshape(x, [1, 3]), reshape(y, [3, 1])), reshape(sum(x), [1, 1]))); // (x . y) sum x
  expect(await at(loss, x)).toEqual(["56 62 68"]); // y sum x + x . y
});

test("no gradient flows through what is detached", async () => {
  expect(await at(sum(mul(x, detach(mul(x, y)))), x)).toEqual(["4 10 18"]);
  expect(() => gradients(sum(mul(detach(x), y)), [x])).toThrow(/does not depend on tensor 0 \[3\]/);
});

test("a detached tensor has the same value, and can be differentiated by on its own", async () => {
  const constant = detach(x);
  expect(await at(sum(mul(mul(constant, y), x)), constant)).toEqual(["4 10 18"]);
});

test("tensors that the loss does not depend on are named", () => {
  expect(() => gradients(sum(x), [x, y])).toThrow("gradients: the loss does not depend on tensor 1 [3]");
});

test("a loss that is not a scalar is refused", () => {
  expect(() => gradients(x, [x])).toThrow("gradients: the loss must be a scalar; got [3]");
});

test("what no gradient needs is not computed", () => {
  const [dx] = gradients(sum(mul(exp(relu(y)), x)), [x]); // y's own path would take reluGrad
  const ops = ancestry([dx]).flatMap(({ origin }) => (origin.kind === "op" ? [origin.call.op] : []));
  expect(ops).not.toContain("reluGrad");
});

test("what a loss reaches is the state on its paths, not behind detached tensors", () => {
  const [weight, target, idle] = [state([3]), state([3]), state([3])];
  const loss = sum(add(mul(weight, x), detach(mul(target, x))));
  expect([...reached(loss)]).toEqual([weight]);
  expect(reached(loss).has(idle)).toBe(false);
});

test("ancestors come in the order in which they were written", () => {
  const [a, b] = [mul(x, y), exp(x)];
  const loss = sum(add(b, a));
  const found = ancestry([loss]);
  expect(found.filter((each) => [x, y, a, b, loss].includes(each))).toEqual([x, y, a, b, loss]);
});
