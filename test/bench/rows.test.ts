/** What the bench writes by --json: rows of one shape, under names that others rely on. Nothing is timed here. */
import { describe, expect, it } from "vitest";
import { compare } from "../../bench/compare.ts";
import type { Contestant } from "../../bench/contestant.ts";
import { NAMES, rows } from "../../bench/row.ts";

const contestant = (name: string, threads?: number): Contestant => ({
  ...{ name, threads, cases: new Map() },
  close: async () => {},
});

describe("the bench's rows", () => {
  it("have names that stay", () => {
    const names = Object.values(NAMES).flat();
    expect(names).toEqual(
      expect.arrayContaining([
        ...["matmul1024", "conv3x3c64-forward", "conv3x3c64-inputGrad", "conv3x3c64-weightGrad"],
        ...["resnet18cifar-train32", "resnet18-infer1", "resnet18cifar-infer32"],
        ...["ntxent8192", "ntxent65536", "decode256", "views224"],
      ]),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  it("belong to a bench that has a file of that name", async () => {
    for (const bench of Object.keys(NAMES)) {
      const { run } = await import(`../../bench/${bench}.ts`);
      expect(run, bench).toBeTypeOf("function");
    }
  });

  it("compare speeds, whatever the unit, and take one thread against one", () => {
    const [main, single] = [contestant("as", 2), contestant("as", 1)];
    const [fast, slow] = [contestant("fast", 2), contestant("slow", 1)];
    const times = new Map([
      [main, [10, 11, 9]],
      [single, [20]],
      [fast, [5]],
      [slow, [80]],
    ]);
    const cases = [
      { name: "a", shape: "32x8", images: 32, floor: 4, directFloor: 8 },
      { name: "b", shape: "8", floor: 4 },
    ];
    const found = compare(cases, (who) => times.get(who) ?? [], {
      ...{ backend: "as", main, single, peers: [fast, slow, contestant("absent")] },
    });
    expect(rows.parse(found)).toEqual(found);
    const [a, b] = found;
    expect(a).toMatchObject({
      ours: 3200,
      unit: "images/s",
      floor: 8000,
      directFloor: 4000,
      oneThread: 1600,
    });
    expect(b).toMatchObject({ ours: 10, unit: "ms", floor: 4, oneThread: 20 });
    expect(a.peers).toEqual({
      fast: { value: 6400, ratio: 0.5, threads: 2 },
      slow: { value: 400, ratio: 4, threads: 1 },
    });
    expect(b.peers.fast).toEqual({ value: 5, ratio: 0.5, threads: 2 });
  });

  it("are refused where a peer has no ratio", () => {
    const row = { name: "a", shape: "1", backend: "as", ours: 1, unit: "ms", floor: null, peers: {} };
    expect(rows.safeParse([row]).success).toBe(true);
    expect(rows.safeParse([{ ...row, peers: { torch: { value: 1 } } }]).success).toBe(false);
  });
});
