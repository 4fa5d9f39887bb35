import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestHarness } from "wrangler";
import { resizer } from "../../core/data/resize.ts";
import { loadCodecs } from "../../core/data/sources/codecs.ts";

const a = (m: number, k: number) => (m * 9 + k) % 7;
const b = (k: number, n: number) => (k * 11 + n) % 7;
const inner = [...Array(9).keys()];

describe("the CPU backend in workerd, on one thread without shared memory", () => {
  const server = createTestHarness({
    workers: [{ configPath: new URL("worker/wrangler.toml", import.meta.url) }],
  });
  beforeAll(() => server.listen());
  afterAll(() => server.close());

  test.each(["relaxed", "plain"])("runs a program with its gradient at SIMD level %s", async (level) => {
    const response = await server.fetch(`/${level}`);
    const { product, gradient } = (await response.json()) as { product: number[]; gradient: number[] };
    const expected = Array.from({ length: 13 * 11 }, (_, i) => {
      const [m, n] = [Math.floor(i / 11), i % 11];
      return inner.reduce((total, k) => total + a(m, k) * b(k, n), 0);
    });
    expect(product).toEqual(expected); // small integers are exact
    const rows = inner.map((k) => [...Array(11).keys()].reduce((total, n) => total + b(k, n), 0));
    expect(gradient).toEqual(Array.from({ length: 13 * 9 }, (_, i) => rows[i % 9]));
  });

  test("resizes an image to the same bytes as under Node", async () => {
    const image = {
      width: 40,
      height: 30,
      pixels: Uint8Array.from({ length: 3600 }, (_, i) => (i * i) % 251),
    };
    const pixels = new Uint8Array(3 * 7 * 50);
    const box = { top: 2, left: 3, height: 27, width: 31 };
    resizer((await loadCodecs()).resize)(image, box, { height: 7, width: 50, pixels });
    const response = await server.fetch("/resize");
    expect(await response.json()).toEqual(Array.from(pixels));
  });
});
