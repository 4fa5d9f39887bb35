/** Disks that are full and places that cannot be written to, through the command line. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readCheckpoint } from "../../../core/train/checkpoint.ts";
import { sslEdge } from "../command.ts";
import { contentsOf, expectRefusal, ownFolder, pngs, pretraining, refuse, write } from "./refusal.ts";

const root = ownFolder("disk");
const [data, whole] = [join(root, "images"), join(root, "whole")];
let checkpoint = 0; // bytes
beforeAll(async () => {
  write(data, await pngs(32));
  expect((await sslEdge(pretraining(data, whole, "--epochs", "3"))).code).toBe(0);
  checkpoint = statSync(join(whole, "checkpoints", "step-00000003.safetensors")).size;
});

/**
 * How a process may mount a file system that nobody else sees: as root, or in a user namespace of its own; undefined where
 * the machine allows neither.
 */
const namespace = [
  ["unshare", "-m"],
  ["unshare", "-rm"],
].find(
  ([command, flags]) => spawnSync(command, [flags, "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0,
);

/** A shell in whose sight `place` is a small disk; what lies there at the end is copied to `kept`, from which it begins. */
function onDisk(place: string, kept: string, options: string): string[] {
  const script = `
    mount -t tmpfs -o ${options} none ${place} && { test -d ${kept} && cp -r ${kept}/. ${place}; "$@"; status=$?
    mkdir -p ${kept} && cp -r ${place}/. ${kept}; exit $status; }`;
  return [...(namespace as string[]), "sh", "-c", script, "sh", process.execPath];
}

/** A shell in which no file may grow beyond so many bytes, as on a disk that is full: its signal is ignored. */
const limited = (bytes: number) => {
  const script = `trap '' XFSZ; ulimit -f ${Math.floor(bytes / 1024)}; exec "$@"`;
  return ["bash", "-c", script, "bash", process.execPath];
};

const latestOf = (run: string) => readFileSync(join(run, "checkpoints", "latest"), "utf8");
const temporary = (folder: string) =>
  Object.keys(contentsOf(folder)).filter((name) => /tmp$|lock/.test(name));

describe("a disk that is full", () => {
  // Where nothing can be mounted, a bound on files stands in for it: the same refusal, by another name of the system's.
  test(`${namespace ? "" : "(no mount here: a bound on files) "}ends a run in one line, with the last checkpoint in force; with room it goes on to the same bits`, async () => {
    const [place, kept] = [join(root, "small"), join(root, "kept")];
    mkdirSync(place);
    const args = pretraining(data, join(place, "run"), "--epochs", "3");
    let run: string;
    if (namespace) {
      const size = 2 * (checkpoint + 4096) + 40_000; // two checkpoints and the log, not three
      expectRefusal(
        await sslEdge(args, { before: onDisk(place, kept, `size=${size}`) }),
        /^checkpoint: .*step-00000003\.safetensors could not be written: ENOSPC: .*; make room on the disk and run it again$/,
      );
      run = join(kept, "run");
    } else {
      expectRefusal(
        await sslEdge(args, { before: limited(checkpoint / 2) }),
        /^checkpoint: .*step-00000001\.safetensors could not be written: EFBIG: .*; files may not be that large here/,
      );
      run = join(place, "run");
    }
    expect(temporary(run)).toEqual([]);
    if (namespace) {
      expect(latestOf(run)).toBe("step-00000002.safetensors\n");
      expect((await readCheckpoint(run)).step).toBe(2);
      cpSync(run, join(place, "run"), { recursive: true });
    }
    const resumed = await sslEdge([...args, "--resume"]);
    expect(resumed.code, resumed.stderr).toBe(0);
    const last = "checkpoints/step-00000003.safetensors";
    expect(readFileSync(join(place, "run", last))).toEqual(readFileSync(join(whole, last)));
  });

  test("keeps the features that were there", async () => {
    const out = join(root, "features.npy");
    const args = ["extract", whole, "--data", data, "--out", out, "--backend", "as"];
    expect((await sslEdge(args)).code).toBe(0);
    await refuse(root, args, /^extract: .*features\.npy could not be written: EFBIG: /, {
      before: limited(1024),
    });
  });

  test("is told where not even the lock of a run can be written", async () => {
    const refusal = /^pretrain: .*lock-\w+ could not be written: EFBIG: /;
    await refuse(root, pretraining(data, join(root, "nothing")), refusal, { before: limited(0) });
  });
});

describe("is refused in one line, with nothing written:", () => {
  const places: [what: string, out: () => string, message: RegExp][] = [
    [
      "a run in a file",
      () => join(root, "file"),
      /^pretrain: .*file could not be made: .*file is a file; choose another path$/,
    ],
    [
      "a run below a file",
      () => join(root, "file", "a", "b"),
      /^pretrain: .*b could not be made: .*file is a file; choose another path$/,
    ],
  ];
  test.each(places)("%s", async (_, out, message) => {
    write(root, { file: "what was there" });
    await refuse(root, pretraining(data, out()), message);
  });

  test.skipIf(!existsSync("/proc/self"))("a run where the system lets nobody make folders", () =>
    refuse(
      root,
      pretraining(data, "/proc/ssl-edge/run"),
      /^pretrain: \/proc\/ssl-edge\/run could not be made: (ENOENT|EACCES|EPERM): .*; choose /,
    ),
  );

  test("features below a file", async () => {
    write(root, { file: "what was there" });
    const args = ["extract", whole, "--data", data, "--out", join(root, "file", "features.npy")];
    await refuse(root, args, /^extract: .*file could not be made: .*file is a file; choose another path$/);
  });

  test(`${namespace ? "a run on a disk that is read only" : "(no mount here) a run in a folder without permission"}`, async () => {
    const place = join(root, "closed");
    mkdirSync(place, { recursive: true, mode: namespace ? 0o755 : 0o555 });
    const options = namespace && { before: onDisk(place, join(root, "closed-kept"), "ro") };
    const outcome = await sslEdge(pretraining(data, join(place, "run")), options);
    expectRefusal(
      outcome,
      /^pretrain: .*run could not be made: (EROFS|EACCES): .*; choose a folder that may be written to$/,
    );
    expect(contentsOf(place)).toEqual({});
  });
});
