/** The metrics of a run as TensorBoard reads them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { crc32c } from "../../../core/crc.ts";
import { openEvents } from "../../../core/train/tfevents.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tfevents-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const files = () => readdirSync(folder).sort();
const hexOf = (file: string) => readFileSync(join(folder, file)).toString("hex");

describe("crc32c", () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, i) => i);
  test.each([
    ["32 zeros", new Uint8Array(32), 0x8a9136aa],
    ["32 bytes of ones", new Uint8Array(32).fill(255), 0x62a8ab43],
    ["ascending bytes", ascending, 0x46dd794e],
    ["descending bytes", ascending.toReversed(), 0x113fdb5c],
    ["nothing", new Uint8Array(0), 0],
  ])("of %s is as RFC 3720, appendix B.4, has it", (_, data, expected) => {
    expect(crc32c(data)).toBe(expected);
  });
});

test("a log has the bytes that Google's protobuf makes of its events", async () => {
  {
    await using log = await openEvents(folder, 300, () => 1700000000.25);
    await log.append([
      { step: 300, epoch: 2, rate: 0.05, loss: 3.5 },
      { step: 2 ** 40, epoch: 3, rate: 0, loss: Number.NaN, knn: 0.75 },
    ]);
    await log.append([]);
  }
  const { bytes } = JSON.parse(readFileSync("test/golden/tfevents.json", "utf8"));
  expect(files()).toEqual(["events.out.tfevents.1700000000250"]);
  expect(hexOf(files()[0])).toBe(bytes);
});

test("a run that goes on has a file of its own, after the others in their order", async () => {
  for (const seconds of [1700000000, 1700000010.5]) {
    await using log = await openEvents(folder, 0, () => seconds);
    await log.append([{ step: 0, epoch: 0, rate: 1, loss: 1 }]);
  }
  expect(files()).toEqual(["events.out.tfevents.1700000000000", "events.out.tfevents.1700000010500"]);
});
