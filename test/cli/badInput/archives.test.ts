/** Archives and lists that are not what they should be, through the command line. */
import { join } from "node:path";
import { beforeAll, describe, test } from "vitest";
import { type Member, tarOf } from "../../core/data/archives.ts";
import { ownFolder, pngs, pretraining, refuse, write } from "./refusal.ts";

const root = ownFolder("archives");
const out = join(root, "nothing");
let png: Uint8Array;
beforeAll(async () => {
  const files = await pngs(4);
  png = files["000.png"];
  write(join(root, "images"), files);
});

const good = () => ({ name: "good.png", data: png });

describe("an archive is refused in one line, with nothing written, that", () => {
  const members: [what: string, entry: () => Member[], message: string][] = [
    [
      "holds ..",
      () => [good(), { name: "../x.png", data: png }],
      'at byte 1024: ../x.png leads out of the archive by ".."',
    ],
    [
      "holds an absolute name",
      () => [{ name: "/x.png", data: png }],
      "at byte 0: /x.png is an absolute name",
    ],
    [
      "holds a symbolic link",
      () => [{ name: "x.png", type: "2" }],
      "x.png is a symbolic link; only files may be in it",
    ],
    [
      "holds a hard link",
      () => [{ name: "x.png", type: "1" }],
      "x.png is a hard link; only files may be in it",
    ],
    [
      "holds a device",
      () => [{ name: "x.png", type: "3" }],
      "x.png is a character device; only files may be in it",
    ],
    ["holds a name twice", () => [good(), good()], "good.png is in it twice"],
    [
      "holds a name twice, in two spellings",
      () => [good(), { name: "./good.png", data: png }],
      "good.png is in it twice",
    ],
    [
      "holds no image",
      () => [{ name: "x.txt", data: png }],
      "data: no images (.jpg, .jpeg, .png, .webp) in ",
    ],
  ];
  test.each(members)("%s", async (_, entries, message) => {
    write(root, { "data.tar": tarOf(...entries()) });
    await refuse(root, pretraining(join(root, "data.tar"), out), message);
  });

  const bytes: [what: string, data: () => Uint8Array, message: string][] = [
    [
      "is cut in an image",
      () => tarOf(good()).subarray(0, 520),
      "at byte 0: truncated: good.png ends beyond the archive",
    ],
    [
      "is cut between two images",
      () => tarOf(good(), good()).subarray(0, 1024),
      "at byte 1024: truncated: it has no end",
    ],
    ["is empty", () => new Uint8Array(), "at byte 0: too short for a tar"],
    [
      "is compressed",
      () => Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(600, 7)]),
      "it is compressed; gunzip it first",
    ],
    ["is none", () => Buffer.alloc(600, "text "), "not a tar header, or a damaged one"],
  ];
  test.each(bytes)("%s", async (_, data, message) => {
    write(root, { "data.tar": data() });
    await refuse(root, pretraining(join(root, "data.tar"), out), message);
  });
});

describe("a list is refused by its line, with nothing written, that", () => {
  const lists: [what: string, text: string, message: RegExp][] = [
    [
      "names an image that is not there",
      "images/000.png cat\nimages/nope.png dog\n",
      /^list: .*list\.txt: line 2: .*nope\.png does not exist; correct or remove the line$/,
    ],
    [
      "labels some images only",
      "images/000.png cat\nimages/001.png\n",
      /^list: .*: line 2: line 1 has a label, line 2 has none; give every image one, or none$/,
    ],
    [
      "labels an image twice",
      "images/000.png cat\nimages/001.png cat\nimages/000.png dog\n",
      /^list: .*: line 3: images\/000\.png stands in line 1 already, as cat and as dog; keep one of them$/,
    ],
    [
      "holds something else",
      "images/000.png cat\nname,label\n",
      /^list: .*: line 2: a line is an image's path and perhaps a label; got "name,label"$/,
    ],
    ["is empty", "\n", /^data: no images/],
  ];
  test.each(lists)("%s", async (_, text, message) => {
    write(root, { "list.txt": text });
    await refuse(root, pretraining(join(root, "list.txt"), out), message);
  });
});
