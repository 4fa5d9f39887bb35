import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openData } from "../../../../core/data/sources/index.ts";

const root = mkdtempSync(join(tmpdir(), "ssl-edge-list-"));
afterAll(() => rmSync(root, { recursive: true }));
beforeAll(() => {
  mkdirSync(join(root, "images"));
  for (const name of ["a.jpg", "my photo.png", "c.webp"]) writeFileSync(join(root, "images", name), name);
});

let lists = 0;
function listOf(text: string): string {
  const file = join(root, `list-${lists++}.txt`);
  writeFileSync(file, text);
  return file;
}

const opened = async (text: string) =>
  (await openData([listOf(text)])).map(({ name, label, path, size }) => [name, label, path, size]);

describe("a list", () => {
  test("gives the files that it names, relative to itself, with their labels", async () => {
    const text = "./images/my photo.png sea side\r\n\n  images/c.webp\t7\nimages/a.jpg cat\n";
    expect(await opened(text)).toEqual([
      ["images/a.jpg", "cat", join(root, "images/a.jpg"), 5],
      ["images/c.webp", "7", join(root, "images/c.webp"), 6],
      ["images/my photo.png", "sea side", join(root, "images/my photo.png"), 12],
    ]);
  });

  test("may do without labels, for all images", async () => {
    const labels = (await opened("images/a.jpg\nimages/c.webp\n")).map(([, label]) => label);
    expect(labels).toEqual([undefined, undefined]);
  });

  test("that has labels for some images only, or two for one, is refused by the line", async () => {
    const fault = (text: string) => expect(opened(text)).rejects;
    await fault("images/a.jpg\nimages/c.webp 7").toThrow(
      /^list: .*: line 2: line 2 has a label, line 1 has none; give every image one, or none$/,
    );
    await fault("images/a.jpg 7\n\nimages/c.webp").toThrow("line 3: line 1 has a label, line 3 has none");
    await fault("images/a.jpg 1\nimages/a.jpg 2").toThrow(
      /^list: .*: line 2: images\/a\.jpg stands in line 1 already, as 1 and as 2; keep one of them$/,
    );
    await fault("images/a.jpg 1\nimages/a.jpg 1").toThrow("stands in line 1 already; keep one of them");
    await fault("images/a.jpg 1\n./images/a.jpg 2").toThrow(/^data: .*a\.jpg is given twice/);
  });

  test("may hold absolute paths", async () => {
    const path = join(root, "images/a.jpg");
    expect(await opened(path)).toEqual([[path, undefined, path, 5]]);
  });

  test("names the line that it cannot follow", async () => {
    const fault = async (text: string) => openData([listOf(text)]).catch((error: Error) => error.message);
    const here = () => `list: ${join(root, `list-${lists}.txt`)}`;
    expect(await fault("images/a.jpg\n\nimages cat")).toBe(
      `list: ${join(root, `list-${lists - 1}.txt`)}: line 3: a line is an image's path and perhaps a label; got "images cat"`,
    );
    const expected = here();
    expect(await fault("images/b.jpg 1")).toBe(
      `${expected}: line 1: ${join(root, "images/b.jpg")} does not exist; correct or remove the line`,
    );
    expect(await fault("\n")).toMatch(/^data: no images/);
  });
});
