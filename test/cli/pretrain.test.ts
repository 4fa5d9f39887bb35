/** Pretraining and measuring through the command line, on images drawn here, killed and resumed. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readCheckpoint } from "../../core/train/checkpoint.ts";
import { tarOf } from "../core/data/archives.ts";
import { jpegOf, noise, pngOf, slopes } from "../core/data/images.ts";
import { bitsOf } from "../core/train/runs.ts";
import { type Outcome, sslEdge } from "./command.ts";

const folder = mkdtempSync(join(tmpdir(), "ssl-edge-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);
const data = at("images.tar");

beforeAll(async () => {
  const files = Array.from({ length: 66 }, async (_, i) => {
    const drawing = i % 2 ? slopes(32, 32, 2 * i) : noise(32, 32, i);
    const name = `set/${i % 2 ? "slopes" : "noise"}/${i}.${i % 3 ? "png" : "jpg"}`;
    return { name, data: await (i % 3 ? pngOf(drawing) : jpegOf(drawing)) };
  });
  writeFileSync(data, tarOf(...(await Promise.all(files))));
});

const EPOCHS = 4;
const STEPS = 16 * EPOCHS; // of 4 images; the two that do not fill a batch are left out
/** Arguments of a tiny run. */
const tiny = (out: string, ...more: string[]) => [
  ...["pretrain", "simclr-cifar10", "--data", data, "--out", at(out), "--backend", "as"],
  ...["--set", "encoder.width=4", "--batch-size", "4", "--epochs", String(EPOCHS), "--seed", "5", ...more],
];

const metricsOf = (out: string) => readFileSync(at(`${out}/metrics.jsonl`), "utf8");
const finalBits = async (out: string) => {
  const { step, tensors } = await readCheckpoint(at(out));
  return { step, ...bitsOf(tensors) };
};

/** One line on stderr, no stack trace, not status 0. */
function expectRefusal({ code, stdout, stderr }: Outcome, message: RegExp, expected = 1): void {
  expect(stderr).toMatch(message);
  expect(stderr.trimEnd().split("\n").at(-1)).toMatch(/^ssl-edge: [^\n]+$/);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stdout).toBe("");
  expect(code).toBe(expected);
}

describe("a run", () => {
  let undisturbed: Outcome;
  beforeAll(async () => {
    undisturbed = await sslEdge(tiny("whole", "--threads", "1"));
  });

  test("ends with a checkpoint, its config and a line of metrics for each step", async () => {
    expect(undisturbed.code, undisturbed.stderr).toBe(0);
    expect(undisturbed.stderr).toContain("simclr: 66 images");
    expect(undisturbed.stderr).toContain("norm: batch statistics of 4 images are rough; 16 or more");
    const measure = `npx ssl-edge eval knn ${at("whole")} --train ${data} --test <data> --k 20\n`; // of 66, 200 cannot vote
    expect(undisturbed.stderr).toContain(`; next: ${measure}`);
    expect((await readCheckpoint(at("whole"))).step).toBe(STEPS);
    expect(JSON.parse(readFileSync(at("whole/config.json"), "utf8"))).toMatchObject({
      config: { encoder: { width: 4 }, batchSize: 4, epochs: EPOCHS, seed: 5 },
      data: { images: 66 },
      backend: { name: "as", threads: 1 },
    });
    const rows = metricsOf("whole")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows.map(({ step }) => step)).toEqual(Array.from({ length: STEPS }, (_, i) => i));
    expect(rows.every(({ loss }) => Number.isFinite(loss))).toBe(true);
  });

  test("in f16 is one in f32 where the backend has none, which is told", async () => {
    const { code, stderr } = await sslEdge(tiny("half", "--precision", "f16", "--epochs", "1"));
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("precision: f32, since this backend has no f16\n");
    expect(JSON.parse(readFileSync(at("half/config.json"), "utf8")).config.precision).toBe("f16");
    expect(metricsOf("half")).not.toContain("lossScale");
  });

  /** Kills a run at a random moment; begun anew and killed sooner where it ended before that. Tells when. */
  async function kill(out: string, args: string[], span: number): Promise<string> {
    for (let most = span * undisturbed.trained; ; most /= 2) {
      const killAfter = Math.round(Math.random() * most);
      if ((await sslEdge(args, { killAfter })).code === null) return `killed after ${killAfter} ms`;
      rmSync(at(out), { recursive: true });
    }
  }

  test.each([
    ["1", [0.8]],
    ["2", [0.3, 0.3]],
  ])(
    "killed at random moments and resumed, on %s threads, ends with the same bits",
    async (threads, spans) => {
      const out = `killed-${threads}`;
      const args = tiny(out, "--threads", threads, "--resume");
      const told: string[] = [];
      for (const span of spans) told.push(await kill(out, args, span));
      console.log(`${told.join(", ")}; undisturbed: ${undisturbed.trained.toFixed(0)} ms`);
      const last = await sslEdge(args);
      expect(last.code, last.stderr).toBe(0);
      expect(await finalBits(out), told.join()).toEqual(await finalBits("whole"));
      expect(metricsOf(out), told.join()).toBe(metricsOf("whole")); // each step once, in order, with the same loss
    },
  );

  test("that is whole is refused without --resume, and left alone by it", async () => {
    const before = readFileSync(at("whole/checkpoints/latest"), "utf8") + metricsOf("whole");
    expectRefusal(await sslEdge(tiny("whole")), /holds a run already; add --resume/);
    expect((await sslEdge(tiny("whole", "--resume"))).code).toBe(0);
    expect(readFileSync(at("whole/checkpoints/latest"), "utf8") + metricsOf("whole")).toBe(before);
  });

  test("that is monitored tells kNN every so many epochs, in its log and to people, and has the same bits", async () => {
    const args = tiny(
      "monitored",
      "--threads",
      "1",
      "--monitor",
      data,
      "--monitor-every",
      "3",
      "--no-alarms",
    );
    const { code, stderr } = await sslEdge(args);
    expect(code, stderr).toBe(0);
    const lines = metricsOf("monitored")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const told = lines.filter(({ knn }) => knn !== undefined);
    expect(told.map(({ epoch }) => epoch)).toEqual([2, 3]);
    for (const { epoch, knn } of told) {
      expect(knn).toBeGreaterThan(0.5); // noise or slopes: chance is a half
      expect(stderr).toMatch(
        new RegExp(`^epoch ${epoch + 1}/4  loss \\d\\.\\d{4}  kNN ${(100 * knn).toFixed(2)} %$`, "m"),
      );
    }
    expect(await finalBits("monitored")).toEqual(await finalBits("whole"));
  });

  test("is repeated by its config.json, to the same bits", async () => {
    const args = [
      "pretrain",
      at("whole/config.json"),
      "--data",
      data,
      "--out",
      at("repeated"),
      "--backend",
      "as",
    ];
    const { code, stderr } = await sslEdge(args);
    expect(code, stderr).toBe(0);
    expect(await finalBits("repeated")).toEqual(await finalBits("whole"));
    expect(metricsOf("repeated")).toBe(metricsOf("whole"));
  });

  test("is not resumed with another setting, which is named", async () => {
    const resumed = await sslEdge(tiny("whole", "--resume", "--set", "optimizer.rate=0.05"));
    expectRefusal(
      resumed,
      /cannot resume .*: config\.optimizer\.rate was 0\.06, now 0\.05; give what it was started with, or choose another --out$/m,
    );
  });

  test("is measured by kNN: with --json, one object with the accuracy as a fraction", async () => {
    const options = ["--train", data, "--test", data, "--k", "5", "--backend", "as", "--json"];
    const { code, stdout, stderr } = await sslEdge(["eval", "knn", at("whole"), ...options]);
    expect(code, stderr).toBe(0);
    const { accuracy, untrained, ...about } = JSON.parse(stdout);
    expect(about).toEqual({ layer: "output", k: 5, temperature: 0.1, step: STEPS, train: 66, test: 66 });
    for (const share of [accuracy, untrained]) {
      expect(share).toBeGreaterThan(0.5); // noise or slopes: chance is a half
      expect(share).toBeLessThanOrEqual(1);
    }
  });
});

test("a run on images without labels ends with how to take their features", async () => {
  const flat = at("flat.tar");
  const files = Array.from({ length: 4 }, async (_, i) => ({
    name: `${i}.png`,
    data: await pngOf(noise(8, 8, i)),
  }));
  writeFileSync(flat, tarOf(...(await Promise.all(files))));
  const { code, stderr } = await sslEdge(
    tiny("flat", "--epochs", "1").map((word) => (word === data ? flat : word)),
  );
  expect(code, stderr).toBe(0);
  const [line] = stderr.match(/^done: .*$/m)!;
  expect(line).toMatch(/^done: 1 steps, \d+\.\d seconds; next: /);
  expect(line).toContain(
    `; next: npx ssl-edge extract ${at("flat")} --data ${flat} --out features.safetensors`,
  );
});

describe("refused in one line, with nothing written, is", () => {
  test.each([
    ["an unknown recipe", ["pretrain", "simclr-cifar11", "--data", data], /there is no simclr-cifar11/, 2],
    [
      "an unknown key",
      ["pretrain", "simclr-cifar10", "--data", data, "--set", "encoder.widht=3"],
      /encoder.*widht/,
      2,
    ],
    ["a path that is not there", ["pretrain", "simclr-cifar10", "--data", at("no.tar")], /no\.tar/],
    [
      "a batch larger than the data set",
      ["pretrain", "simclr-cifar10", "--data", data, "--batch-size", "67", "--backend", "as"],
      /a batch of 67 images exceeds the data set, which has 66; lower --batch-size/,
    ],
  ])("%s", async (_, args, message, code?: number) => {
    expectRefusal(await sslEdge([...args, "--out", at("nothing")]), message, code);
    expect(existsSync(at("nothing"))).toBe(false);
  });
});

test("doctor tells whether V8 pairs vectors, and why not where SSL_EDGE_REVECTORIZE says no", async () => {
  const told = async (env?: Record<string, string>) =>
    JSON.parse((await sslEdge(["doctor", "--json"], { env })).stdout).as.revectorized;
  expect(await told()).toMatch(/^yes$|^no: /);
  expect(await told({ SSL_EDGE_REVECTORIZE: "off" })).toBe("no: switched off");
});

test("doctor --tune keeps what it has found in time", async () => {
  const args = ["doctor", "--tune", "--seconds", "0.001", "--json"];
  const { code, stdout, stderr } = await sslEdge(args, { env: { XDG_CACHE_HOME: at("cache") } });
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ tiles: {}, cache: at("cache/ssl-edge/tiles.json") });
  expect(Object.values(JSON.parse(readFileSync(at("cache/ssl-edge/tiles.json"), "utf8")))).toEqual([{}]);
});

test("doctor --json tells threads, SIMD level and what auto chooses", async () => {
  const { code, stdout } = await sslEdge(["doctor", "--json"]);
  expect(code).toBe(0);
  const { as, wgsl, auto } = JSON.parse(stdout);
  expect(as.threads).toBeGreaterThanOrEqual(1);
  expect(as.simd).toMatch(/^(relaxed|plain)$/);
  expect(auto.backend).toMatch(/^(as|wgsl)$/);
  expect(auto.reason).toBeTruthy();
  expect(wgsl.reason ?? wgsl.description.device).toBeTruthy();
});
