import { Option } from "commander";
import { linear as train } from "../../../core/eval/linear.ts";
import { count, positive } from "../../backend.ts";
import { UsageError } from "../../exit.ts";
import { protocol } from "./protocol.ts";

interface Settings {
  solver: "lbfgs" | "sgd";
  standardize: boolean;
  l2?: number;
  rate?: number;
  epochs?: number;
  batchSize?: number;
}

/** What is given for the other solver would have no effect; so it is refused. */
function settings(given: Record<string, unknown>): Settings {
  const { solver, standardize, l2, rate, epochs, batchSize } = given as Partial<Settings>; // as parsed below
  if (solver === "sgd") {
    if (l2 !== undefined) throw new UsageError("eval linear: --l2 belongs to --solver lbfgs");
    return {
      ...{ solver, standardize: standardize ?? false },
      ...{ rate: rate ?? 30, epochs: epochs ?? 100, batchSize: batchSize ?? 256 }, // see core/eval/linear.ts
    };
  }
  for (const [flag, value] of Object.entries({
    "--rate": rate,
    "--epochs": epochs,
    "--batch-size": batchSize,
  }))
    if (value !== undefined) throw new UsageError(`eval linear: ${flag} belongs to --solver sgd`);
  return { solver: "lbfgs", standardize: standardize ?? true, l2: l2 ?? 1 };
}

export const linear = protocol<Settings>({
  name: "linear",
  title: "linear",
  description: "Accuracy of a linear classifier, trained on frozen features.",
  example: "ssl-edge eval linear runs/a --train train.tar --test test.tar",
  options: [
    new Option("--solver <name>", "lbfgs: logistic regression at its optimum; sgd: as MoCo's protocol has it")
      .choices(["lbfgs", "sgd"])
      .default("lbfgs"),
    new Option("--standardize", "features of mean 0 and variance 1 (default with lbfgs)"),
    new Option("--no-standardize", "features as they are (default with sgd)").default(undefined),
    new Option("--l2 <strength>", "lbfgs: of the penalty, 1 / C of scikit-learn (default: 1)").argParser(
      positive,
    ),
    new Option("--rate <r>", "sgd: learning rate (default: 30)").argParser(positive),
    new Option("--epochs <n>", "sgd: passes over the features (default: 100)").argParser(count),
    new Option("--batch-size <n>", "sgd: rows a step (default: 256)").argParser(count),
  ],
  settings,
  async measure(backend, trainSet, testSet, options) {
    const { accuracy, converged, iterations } = await train(backend, trainSet, testSet, options);
    if (!converged)
      console.error(`linear: not converged after ${iterations} steps; raise --l2, or standardize`);
    return accuracy;
  },
});
