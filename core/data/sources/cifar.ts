import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CIFAR_BYTES, CIFAR_SIZE, type CifarFile, cifarFile, cifarImages, cifarNames } from "../cifar.ts";
import type { Entry } from "../source.ts";

/**
 * The images of one file of CIFAR's binary version, named `<split>/<class>/<file>-<number>`. Classes are named by the
 * file of names beside it; by their numbers where there is none.
 */
export async function openCifar(path: string, kind: CifarFile): Promise<Entry[]> {
  const names = await readFile(join(dirname(path), kind.names), "utf8").then(cifarNames, () => undefined);
  const stem = basename(path, ".bin");
  const images = [...cifarImages(path, await readFile(path), kind, names)];
  return images.map(({ label, offset }, i) => ({
    name: `${kind.split}/${label}/${stem}-${String(i).padStart(5, "0")}`,
    ...{ label, path, offset, size: CIFAR_BYTES, planes: CIFAR_SIZE },
  }));
}

/** The training images of an unpacked archive (the test file is given by its own path); undefined for other folders. */
export async function openCifarFolder(folder: string): Promise<Entry[] | undefined> {
  const files = (await readdir(folder)).sort();
  const training = files.filter((file) => cifarFile(file)?.split === "train");
  if (training.length === 0) return undefined;
  const opened = training.map((file) => openCifar(join(folder, file), cifarFile(file)!)); // just filtered
  return (await Promise.all(opened)).flat();
}
