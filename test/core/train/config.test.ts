import { describe, expect, test } from "vitest";
import { ConfigError, configOf, methodOf, parseSetting, resolveConfig } from "../../../core/train/config.ts";
import { readRecipe, recipeNames } from "../../../core/train/recipe.ts";
import { colors } from "./methods.ts";

const recipe = (await readRecipe("simclr-cifar10")) as Record<string, unknown>;
const resolved = (...settings: string[]) =>
  resolveConfig(recipe, Object.fromEntries(settings.map(parseSetting)));

/** The message with which settings are refused. */
function refusal(...settings: string[]): string {
  try {
    resolved(...settings);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).toMatch(/^config: [^\n]*$/);
    return (error as Error).message;
  }
  throw new Error(`not refused: ${settings}`);
}

describe("recipes", () => {
  test.each(recipeNames())("%s resolves, and what it resolves to resolves to itself", async (name) => {
    const config = resolveConfig(await readRecipe(name));
    expect(resolveConfig(config)).toEqual(config);
    expect(resolveConfig(JSON.parse(JSON.stringify(config)))).toEqual(config); // as checkpoints keep it
  });

  test("simclr-cifar10 is the setting that the field reports CIFAR-10 with", () => {
    expect(resolved()).toMatchObject({
      method: { name: "simclr", temperature: 0.5, projector: { outputs: 128 } },
      encoder: { name: "resnet18", width: 64, stem: "auto" },
      views: [
        {
          crop: { scale: [0.08, 1] },
          steps: [
            { colorJitter: { p: 0.8, brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 } },
            { grayscale: { p: 0.2 } },
          ],
        },
      ],
      optimizer: { name: "sgd", rate: 0.06, per: 128, momentum: 0.9, decay: 5e-4 },
      schedule: "cosine",
    });
  });

  test("an unknown one is refused with those that there are", async () => {
    await expect(readRecipe("simclr-cifar11")).rejects.toThrow(
      /^recipe: there is no simclr-cifar11; did you mean simclr-cifar10\? there is .*simclr-cifar10/,
    );
    await expect(readRecipe("nowhere.json")).rejects.toThrow(/^recipe: nowhere.json cannot be read: ENOENT/);
  });
});

describe("a setting", () => {
  test("is a path and a value, JSON where it is JSON", () => {
    expect(parseSetting("encoder.width=16")).toEqual(["encoder.width", 16]);
    expect(parseSetting("encoder.stem=cifar")).toEqual(["encoder.stem", "cifar"]);
    expect(parseSetting("views.0.crop.scale=[0.2,1]")[1]).toEqual([0.2, 1]);
    expect(parseSetting("a=b=c")).toEqual(["a", "b=c"]);
    expect(() => parseSetting("encoder.width")).toThrow("--set takes key.path=value; got encoder.width");
    expect(() => parseSetting("=3")).toThrow("--set takes key.path=value; got =3");
  });

  test("replaces the recipe's, the later the earlier", () => {
    expect(resolved("encoder.width=16", "encoder.width=8", "seed=7")).toEqual({
      ...resolved(),
      encoder: { name: "resnet18", width: 8, stem: "auto" },
      seed: 7,
    });
  });

  test("leaves the recipe as it was", () => {
    const before = structuredClone(recipe);
    resolved("encoder.width=16", "views.0.crop.scale=[0.5,1]");
    expect(recipe).toEqual(before);
  });

  test("reaches the method's own settings, with the method's defaults", () => {
    expect(resolved("method.temperature=0.2", "method.projector.hidden=64").method).toEqual({
      name: "simclr",
      temperature: 0.2,
      projector: { hidden: 64, outputs: 128 },
    });
    expect(resolveConfig({ ...recipe, method: { name: "simclr" } }).method).toMatchObject({
      temperature: 0.1, // Chen et al. 2020, table 5
      projector: { outputs: 128 },
    });
  });
});

describe("defaults", () => {
  test("fill in what a recipe leaves out", () => {
    const { schedule: _, ...rest } = recipe;
    expect(resolveConfig({ ...rest, encoder: {}, optimizer: { rate: 0.1 } })).toMatchObject({
      encoder: { name: "resnet18", width: 64, stem: "auto" },
      optimizer: { name: "sgd", rate: 0.1, per: 256, momentum: 0.9, decay: 0 },
      ...{ schedule: "cosine", norm: {} },
    });
  });
});

describe("refused, with its path, is", () => {
  test.each([
    ["an unknown key", "encoder.widht=3", /encoder.*widht/],
    ["an unknown key at the top", "epoch=3", /epoch/],
    ["an unknown key of the method", "method.temprature=3", /method.*temprature/],
    ["an unknown group", "decoder.width=3", /decoder/],
    ["a key below a number", "epochs.first=3", /epochs/],
    ["text for a number", "epochs=many", /epochs.*number/],
    ["a fraction for a count", "batchSize=1.5", /batchSize.*whole number/],
    ["a count below one", "encoder.width=0", /encoder\.width/],
    ["a share above one", "views.0.flip=1.5", /views\.0\.flip/],
    ["a range upside down", "views.0.crop.scale=[1,0.5]", /views\.0\.crop\.scale.*low <= high/],
    ["a range of three", "views.0.crop.scale=[0.1,0.5,1]", /views\.0\.crop\.scale/],
    ["a deviation of zero", "normalize.std=[0,1,1]", /normalize\.std/],
    ["a name that is none", "optimizer.name=sdg", /optimizer\.name.*sgd/],
    [
      "a method that is none",
      "method.name=simclear",
      /method\.name: got "simclear"; did you mean simclr\? allowed: .*rotation/,
    ],
    ["a temperature of zero", "method.temperature=0", /method\.temperature/],
    ["a negative seed", "seed=-1", /seed/],
  ])("%s: %s", (_, setting, message) => {
    expect(refusal(setting)).toMatch(message);
  });

  test("every wrong key at once", () => {
    const message = refusal("encoder.widht=3", "epochs=0", "views.0.flip=2");
    for (const key of ["widht", "epochs", "views.0.flip"]) expect(message).toContain(key);
  });

  test.each([[null], [3], ["text"], [[]]])("a recipe that is no object: %j", (value) => {
    expect(() => resolveConfig(value)).toThrow(ConfigError);
  });
});

describe("a method that is none of the package's", () => {
  const config = resolveConfig(recipe, { method: { name: "colors" }, views: [{}] }, colors);
  const line = "config: method: colors is no method of the package; give it as `method`";

  test("is asked for where it was not given", () => {
    expect(methodOf(config, colors).method).toBe(colors);
    expect(() => methodOf(config)).toThrow(ConfigError);
    expect(() => methodOf(config)).toThrow(line);
  });

  test("is asked for where a checkpoint is of it", () => {
    const checkpoint = { step: 3, tensors: new Map(), metadata: { config: JSON.stringify(config) } };
    expect(configOf(checkpoint, colors)).toEqual(config);
    expect(() => configOf(checkpoint)).toThrow(`checkpoint: the config of step 3 cannot be read: ${line}`);
  });
});
