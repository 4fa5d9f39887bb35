/** What the command line tells of methods; and that there is nothing of a method which it cannot tell. */
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { methodsByName } from "../../core/train/config.ts";
import { methodSettings } from "../../core/train/methodSettings.ts";
import { sslEdge } from "./command.ts";

describe.each([...methodsByName.values()].map((method) => [method.name, method] as const))(
  "%s",
  (name, method) => {
    test("is of a family, and was published", () => {
      expect(method.family).toBeDefined();
      expect(method.paper).toMatch(/^\S.* et al\. \d{4}, .+\. https:\/\/\S+$/);
    });

    test("tells of every setting what it means and where its default comes from", () => {
      for (const { path, meaning, source } of methodSettings(method)) // throws where either is missing
        expect(`${path}: ${meaning} ${source}`).toMatch(/^\S+: \S.* \S/);
    });

    test("has a page", () => {
      expect(existsSync(new URL(`../../docs/methods/${name}.md`, import.meta.url))).toBe(true);
    });
  },
);

test("methods: a line each, with family, settings and paper", async () => {
  const { code, stdout } = await sslEdge(["methods"]);
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split("\n");
  expect(lines.map((line) => line.split(" ")[0])).toEqual([...methodsByName.keys()]);
  expect(stdout).toMatch(/^rotation +classification +no settings +Gidaris et al\. 2018/m);
  expect(stdout).toMatch(/^simclr +contrastive +temperature, projector\.hidden, projector\.outputs +Chen/m);
});

test("methods --json: one object", async () => {
  const { stdout } = await sslEdge(["methods", "list", "--json"]);
  const { methods } = JSON.parse(stdout);
  expect(methods).toHaveLength(methodsByName.size);
  expect(methods).toContainEqual(
    expect.objectContaining({ method: "simclr", family: "contrastive", views: 2, sharding: "gathers" }),
  );
});

test("methods show: each setting with default, meaning and source", async () => {
  const { code, stdout } = await sslEdge(["methods", "show", "simclr"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^paper +Chen et al\. 2020, .* https:\/\/arxiv\.org\/abs\/2002\.05709$/m);
  expect(stdout).toMatch(/^recipes +simclr-cifar10, simclr-imagenet-r50, simclr-photos$/m);
  expect(stdout).toMatch(
    /^temperature +0\.1 +a number above 0 +Similarities are divided by it\. +tau; table 5/m,
  );
  expect(stdout).toMatch(/^projector\.hidden +- +a whole number from 1 on /m);
});

test("methods show --json: the same", async () => {
  const { stdout } = await sslEdge(["methods", "show", "mocov2", "--json"]);
  const { settings, recipes } = JSON.parse(stdout);
  expect(recipes).toContain("mocov2-cifar10");
  expect(settings).toContainEqual(
    expect.objectContaining({ path: "queue", default: 65536, required: false }),
  );
});

test("methods show: one without settings says so", async () => {
  const { stdout } = await sslEdge(["methods", "show", "rotation"]);
  expect(stdout).toMatch(/\nno settings of its own\n$/);
});

test("methods: an unknown method or command is refused, with what may be meant", async () => {
  const unknown = await sslEdge(["methods", "show", "simclt"]);
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toBe("ssl-edge: methods: there is no simclt; did you mean simclr?\n");
  const far = await sslEdge(["methods", "show", "dino"]);
  expect(far.stderr).toMatch(/^ssl-edge: methods: there is no dino; there is .*simclr/);
  const word = await sslEdge(["methods", "shwo"]);
  expect(word.stderr).toContain("unknown command 'shwo'; did you mean show?");
});
