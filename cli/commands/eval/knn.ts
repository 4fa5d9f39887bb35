import { Option } from "commander";
import { checkNeighbours, knn as measure } from "../../../core/eval/knn.ts";
import { count, positive } from "../../backend.ts";
import { protocol } from "./protocol.ts";

/** That vote where --k says nothing. */
export const NEIGHBOURS = 200;

export const knn = protocol<{ k: number; temperature: number }>({
  name: "knn",
  title: "kNN",
  description: "Accuracy of a weighted nearest-neighbour classifier on frozen features.",
  example: "ssl-edge eval knn runs/a --train train.tar --test test.tar --k 200 --temperature 0.1",
  options: [
    new Option("--k <n>", "neighbours that vote").argParser(count).default(NEIGHBOURS),
    new Option("--temperature <t>", "of the votes' weights").argParser(positive).default(0.1),
  ],
  settings: ({ k, temperature }) => ({ k: k as number, temperature: temperature as number }), // as parsed above
  check: ({ k }, images) => checkNeighbours(k, images),
  measure,
});
