import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { fingerprint } from "../../../../core/data/sources/fingerprint.ts";
import { openData } from "../../../../core/data/sources/index.ts";
import { passing } from "../../../../core/data/sources/passedOver.ts";
import { reader } from "../../../../core/data/sources/read.ts";
import { tarOf } from "../archives.ts";

const root = mkdtempSync(join(tmpdir(), "ssl-edge-sources-"));
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;
/** A fresh folder of files, each with its own name as its content. */
function folderOf(...names: string[]): string {
  const folder = join(root, `folder-${folders++}`);
  mkdirSync(folder);
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), name);
  }
  return folder;
}

function tarFile(...names: string[]): string {
  const file = join(root, `archive-${folders++}.tar`);
  writeFileSync(file, tarOf(...names.map((name) => ({ name, data: Buffer.from(name) }))));
  return file;
}

async function contents(
  paths: string[],
): Promise<[name: string, label: string | undefined, content: string][]> {
  const files = reader();
  const all = (await openData(paths)).map(
    (entry) =>
      [entry.name, entry.label, Buffer.from(files.read(entry)).toString()] as [
        string,
        string | undefined,
        string,
      ],
  );
  files.close();
  return all;
}

const names = async (...paths: string[]) => (await openData(paths)).map((entry) => entry.name);

describe("a folder", () => {
  test("gives its images in order of names, labelled by the folder they lie in", async () => {
    const folder = folderOf("dog/2.JPG", "cat/b.png", "cat/a.jpeg", "top.jpg", "a/deep/er/x.jpg");
    expect(await contents([folder])).toEqual([
      ["a/deep/er/x.jpg", "er", "a/deep/er/x.jpg"],
      ["cat/a.jpeg", "cat", "cat/a.jpeg"],
      ["cat/b.png", "cat", "cat/b.png"],
      ["dog/2.JPG", "dog", "dog/2.JPG"],
      ["top.jpg", undefined, "top.jpg"],
    ]);
  });

  test("is searched for images only: no other files, no hidden ones", async () => {
    expect(
      await names(folderOf("a/1.jpg", "a/readme.txt", "a/1.jpg.txt", "a/._1.jpg", ".cache/2.jpg", "a/jpg")),
    ).toEqual(["a/1.jpg"]);
  });

  test("may hold links to files and folders, but no folder twice", async () => {
    const [folder, other] = [folderOf("a/1.jpg"), folderOf("2.jpg")];
    symlinkSync(other, join(folder, "b"));
    symlinkSync(join(other, "2.jpg"), join(folder, "a/3.jpg"));
    expect(await names(folder)).toEqual(["a/1.jpg", "a/3.jpg", "b/2.jpg"]);
    symlinkSync(folder, join(folder, "a/loop"));
    await expect(openData([folder])).rejects.toThrow(
      `loop is ${folder} once more, by a symbolic link; remove the link`,
    );
  });
});

describe("a tar", () => {
  test("gives its images in order of names, labelled by the folder they lie in", async () => {
    expect(
      await contents([tarFile("train/dog/1.jpg", "train/cat/1.jpg", "readme", "train/cat/0.png", "x.jpg")]),
    ).toEqual([
      ["train/cat/0.png", "cat", "train/cat/0.png"],
      ["train/cat/1.jpg", "cat", "train/cat/1.jpg"],
      ["train/dog/1.jpg", "dog", "train/dog/1.jpg"],
      ["x.jpg", undefined, "x.jpg"],
    ]);
  });

  test.each(["ustar", "pax", "gnu", "v7"])("as GNU tar writes it in the %s format", async (format) => {
    const long = format === "v7" ? "short" : "x".repeat(90);
    const all = Array.from(
      { length: 40 },
      (_, i) => `./${long}/${long.slice(0, 40)}/${String(i).padStart(2, "0")}.jpg`,
    );
    const folder = folderOf(...all);
    const file = join(root, `${format}.tar`);
    execFileSync("tar", [`--format=${format}`, "-cf", file, "-C", folder, "."]);
    expect(await contents([file])).toEqual(await contents([folder]));
    expect((await openData([file])).length).toBe(40);
  });

  test("with large files between its headers", async () => {
    const file = join(root, "large.tar");
    const large = Buffer.alloc(100_000, "L");
    writeFileSync(
      file,
      tarOf(
        { name: "b/1.jpg", data: large },
        { name: "a/2.jpg", data: Buffer.from("2") },
        { name: "c.jpg", data: large },
      ),
    );
    expect((await contents([file])).map(([name, , content]) => [name, content.length])).toEqual([
      ["a/2.jpg", 1],
      ["b/1.jpg", 100_000],
      ["c.jpg", 100_000],
    ]);
  });

  test("that is no archive is named", async () => {
    const file = join(folderOf("notes.md"), "notes.md");
    await expect(openData([file])).rejects.toThrow(`tar: ${file}: at byte 0: too short for a tar`);
  });
});

describe("several paths", () => {
  test("may be one, as a string", async () => {
    const tar = tarFile("a/1.jpg", "b/2.jpg");
    expect(await openData(tar)).toEqual(await openData([tar]));
  });

  test("are merged into one order of names", async () => {
    const paths = [tarFile("b/2.jpg", "d/1.jpg"), tarFile("a/1.jpg", "c/1.jpg"), folderOf("b/1.jpg")];
    expect(await names(...paths)).toEqual(["a/1.jpg", "b/1.jpg", "b/2.jpg", "c/1.jpg", "d/1.jpg"]);
    expect(await contents(paths.toReversed())).toEqual(await contents(paths));
  });

  test("may be more archives than are kept open", async () => {
    const paths = Array.from({ length: 40 }, (_, i) => tarFile(`a/${i}.jpg`, `b/${i}.jpg`));
    expect((await contents(paths)).every(([name, , content]) => name === content)).toBe(true);
  });

  test("may not hold a name twice", async () => {
    const [a, b] = [tarFile("a/1.jpg"), folderOf("a/1.jpg")];
    await expect(openData([a, b])).rejects.toThrow(
      `data: each name may occur once; got a/1.jpg in ${a} and in ${b}/a/1.jpg; rename one`,
    );
    await expect(openData([a, a])).rejects.toThrow(`data: ${a} is given twice; give each path once`);
  });

  test("without an image are an error that names them", async () => {
    const [a, b] = [folderOf(), folderOf("x.txt")];
    await expect(openData([a, b])).rejects.toThrow(
      `data: no images (.jpg, .jpeg, .png, .webp) in ${a}, ${b}`,
    );
    await expect(openData([])).rejects.toThrow(
      "data: no images (.jpg, .jpeg, .png, .webp) in an empty list of paths",
    );
  });

  test("must exist", async () => {
    await expect(openData([join(root, "nowhere")])).rejects.toThrow(`data: ${root}/nowhere does not exist`);
  });
});

describe("files with other endings are counted", () => {
  const passedOver = async (...paths: string[]) => {
    const passed = passing();
    await openData(paths, passed);
    return passed.all;
  };
  const mixed = [
    "a/1.jpg",
    "a/2.HEIC",
    "b/3.gif",
    "b/4.gif",
    "b/plain",
    "a/._5.gif",
    ".cache/6.gif",
    "a.txt",
  ];

  test("in a folder, where links lead and in an archive: hidden ones and lists are not", async () => {
    const folder = folderOf(...mixed);
    symlinkSync(folderOf("7.bmp"), join(folder, "c"));
    symlinkSync(join(folder, "b/3.gif"), join(folder, "a/8.gif"));
    expect(await passedOver(folder)).toEqual({ count: 6, endings: [".bmp", ".gif", ".heic", "none"] });
    const visible = mixed.filter((name) => !name.startsWith("."));
    expect(await passedOver(tarFile(...visible))).toEqual({ count: 4, endings: [".gif", ".heic", "none"] });
    expect(await passedOver(folderOf("1.jpg"))).toEqual({ count: 0, endings: [] });
  });

  test("once, where a pattern meets a folder and what is in it", async () => {
    expect(await passedOver(join(folderOf(...mixed), "**"))).toMatchObject({ count: 4 });
  });

  test("and told where there is nothing else", async () => {
    await expect(openData(folderOf("1.heic", "2.heic"))).rejects.toThrow(
      /^data: no images \(.*\) in \S+; 2 files with other endings passed over \(\.heic\)$/,
    );
  });
});

describe("a pattern", () => {
  test("matches archives, folders and files; names are relative to its part before the wildcard", async () => {
    const folder = folderOf("s/cat/1.jpg", "s/dog/1.jpg", "s/notes.txt", "t/1.jpg");
    expect(await contents([join(folder, "s/*")])).toEqual([
      ["cat/1.jpg", "cat", "s/cat/1.jpg"],
      ["dog/1.jpg", "dog", "s/dog/1.jpg"],
    ]);
    expect(await names(join(folder, "**/1.jpg"))).toEqual(["s/cat/1.jpg", "s/dog/1.jpg", "t/1.jpg"]);
    expect(await names(join(folder, "**"))).toEqual(["s/cat/1.jpg", "s/dog/1.jpg", "t/1.jpg"]);
    expect(await names(join(folder, "?/c*/*.jpg"))).toEqual(["s/cat/1.jpg"]);
    writeFileSync(join(folder, "a-0.tar"), tarOf({ name: "x/1.jpg" }));
    writeFileSync(join(folder, "a-1.tar"), tarOf({ name: "x/2.jpg" }));
    expect(await names(join(folder, "a-*.tar"))).toEqual(["x/1.jpg", "x/2.jpg"]);
  });

  test("that is the name of a file stands for it", async () => {
    const folder = folderOf("a[1]/2.jpg");
    expect(await names(join(folder, "a[1]"))).toEqual(["2.jpg"]);
    expect(await names(join(folder, "a[1]/2.jpg"))).toEqual(["2.jpg"]);
  });

  test("that matches nothing is an error that names it", async () => {
    await expect(openData([join(root, "no*where")])).rejects.toThrow(
      `data: nothing matches ${root}/no*where`,
    );
  });
});

describe("the fingerprint", () => {
  const printOf = async (...paths: string[]) => fingerprint(await openData(paths));

  test("is the same for a folder and an archive of it", async () => {
    const all = ["a/1.jpg", "b/2.jpg"];
    expect(await printOf(folderOf(...all))).toBe(await printOf(tarFile(...all)));
    // printf 'a/1.jpg\0007\na/1.jpgb/2.jpg\0007\nb/2.jpg' | sha256sum
    expect(await printOf(tarFile(...all))).toBe(
      "adafbdd3f56900eac2cb5781babec2ac14870b14d02f676381dad8da0b97fa5c",
    );
  });

  test("changes with a name, a size and a content", async () => {
    const of = (name: string, content: string) => {
      const file = join(root, `print-${folders++}.tar`);
      writeFileSync(file, tarOf({ name: "a.jpg" }, { name, data: Buffer.from(content) }));
      return printOf(file);
    };
    const prints = [
      await of("b.jpg", "1"),
      await of("c.jpg", "1"),
      await of("b.jpg", "12"),
      await of("b.jpg", "2"),
    ];
    expect(new Set(prints).size).toBe(4);
  });

  test("of a large set looks at the content of every k-th file", async () => {
    const all = Array.from({ length: 1025 }, (_, i) => String(i).padStart(4, "0"));
    const of = (changed: number) => {
      const file = join(root, `print-${folders++}.tar`);
      writeFileSync(
        file,
        tarOf(...all.map((n, i) => ({ name: `${n}.jpg`, data: Buffer.from(i === changed ? "x" : "y") }))),
      );
      return printOf(file);
    };
    const [none, first, second, last] = [await of(-1), await of(0), await of(1), await of(1024)];
    expect(second).toBe(none); // k = 2
    expect(new Set([none, first, last]).size).toBe(3);
  });
});
