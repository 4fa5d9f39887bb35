import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { cifarTars } from "../../core/data/sources/cifarTars.ts";
import { download } from "../../core/data/sources/download.ts";
import { makeFolder, writeAtomically } from "../../core/train/files.ts";
import { type Progress, progress } from "../progress.ts";

interface Options {
  out: string;
  url: string;
  md5: string;
  json?: boolean;
}

/** Krizhevsky 2009. https://www.cs.toronto.edu/~kriz/cifar.html, which also states the checksum */
const CIFAR10 = {
  url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
  md5: "c32a1d4ab5d03f1284b67883e8d87530",
};

const notes = `
Examples:
  ssl-edge data cifar10 --out data/cifar10
  ssl-edge data cifar10 --out data/cifar10 --json

Writes train.tar (50,000 images) and test.tar (10,000) of PNG files: train/<class>/NNNN.png, test/<class>/NNNN.png.
A download that was broken off goes on from where it stood. Files that are there already are left alone.`;

export const data = () =>
  new Command("data")
    .description("Fetch a public data set and make it the archives that the other commands read.")
    .addHelpText("after", "\nExample:\n  ssl-edge data cifar10 --out data/cifar10")
    .addCommand(cifar10());

const cifar10 = () =>
  new Command("cifar10")
    .description("CIFAR-10: 60,000 images of 32 x 32 pixels in 10 classes (170 MB to fetch).")
    .requiredOption("--out <dir>", "folder of the archives")
    .option("--url <url>", "of the binary version, a .tar.gz", CIFAR10.url)
    .option("--md5 <digits>", "its checksum", CIFAR10.md5)
    .option("--json", "print one JSON object")
    .addHelpText("after", notes)
    .action(action);

async function action({ out, url, md5, json }: Options): Promise<void> {
  const paths = { train: join(out, "train.tar"), test: join(out, "test.tar") };
  const tell = (made: boolean) => {
    if (json) console.log(JSON.stringify({ ...paths, made }));
  };
  if ((await exists(paths.train)) && (await exists(paths.test))) {
    console.error(`${paths.train} and ${paths.test} are there already; remove them to make them anew`);
    return tell(false);
  }
  await makeFolder("data", out);
  const archive = join(out, "cifar-10-binary.tar.gz");
  let bar: Progress | undefined;
  try {
    const MB = (bytes: number) => Math.ceil(bytes / 1e6);
    await download(url, archive, {
      md5,
      onProgress(done, total = done) {
        bar ??= progress("fetching", MB(total), { unit: "MB", from: MB(done) });
        bar.update(MB(done));
      },
    });
    bar?.stop();
    for (const { split, count, chunks } of await cifarTars(await readFile(archive))) {
      bar = progress(`writing ${split}.tar`, count, { unit: "img" });
      await writeAtomically("data", paths[split], counted(chunks, bar, count));
      bar.stop();
    }
    await rm(archive);
    console.error(`done: ${paths.train} and ${paths.test}`);
    tell(true);
  } finally {
    bar?.stop();
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

function* counted(chunks: Iterable<Uint8Array>, bar: Progress, count: number): Generator<Uint8Array> {
  let done = 0;
  for (const chunk of chunks) {
    yield chunk;
    bar.update(Math.min(++done, count)); // the last chunk is the archive's end
  }
}
