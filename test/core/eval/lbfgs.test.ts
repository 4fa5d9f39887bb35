import { expect, test } from "vitest";
import { lbfgs, type Objective } from "../../../core/eval/lbfgs.ts";

/** Rosenbrock's valley: the sum of 100 (x[i+1] - x[i]^2)^2 + (1 - x[i])^2, least at all ones. */
const rosenbrock: Objective = async (x) => {
  const gradient = new Float64Array(x.length);
  let value = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    const [a, b] = [x[i + 1] - x[i] ** 2, 1 - x[i]];
    value += 100 * a ** 2 + b ** 2;
    gradient[i] -= 400 * a * x[i] + 2 * b;
    gradient[i + 1] += 200 * a;
  }
  return { value, gradient };
};

test("a curved valley is followed to its end", async () => {
  const { x, value, converged, iterations } = await lbfgs(rosenbrock, Float64Array.of(-1.2, 1, -1.2, 1), {
    tolerance: 1e-9,
  });
  expect(converged).toBe(true);
  expect(iterations).toBeLessThan(100);
  expect(value).toBeLessThan(1e-15);
  for (const each of x) expect(each).toBeCloseTo(1, 7);
});

test("a quadratic of condition 1e4 is solved", async () => {
  const curvature = Float64Array.from({ length: 20 }, (_, i) => 10 ** (i / 5));
  const { x } = await lbfgs(
    async (at) => ({
      value: at.reduce((sum, each, i) => sum + (curvature[i] * (each - i) ** 2) / 2, 0),
      gradient: at.map((each, i) => curvature[i] * (each - i)),
    }),
    new Float64Array(20),
    { tolerance: 1e-8 },
  );
  for (const [i, each] of x.entries()) expect(each).toBeCloseTo(i, 7);
});

test("it begins and ends at a minimum", async () => {
  const start = Float64Array.of(1, 1);
  expect(await lbfgs(rosenbrock, start)).toEqual({ x: start, value: 0, converged: true, iterations: 0 });
});

test("it stops where steps run out, and where no step helps", async () => {
  const start = Float64Array.of(-1.2, 1);
  expect(await lbfgs(rosenbrock, start, { maxIterations: 3 })).toMatchObject({
    converged: false,
    iterations: 3,
  });
  const uphill: Objective = async (x) => {
    const { value, gradient } = await rosenbrock(x);
    return { value, gradient: gradient.map((each) => -each) };
  };
  expect(await lbfgs(uphill, start)).toMatchObject({ x: start, converged: false, iterations: 0 });
});
