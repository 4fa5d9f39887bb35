/** The contract once more, on a driver with subgroups of 4, without f16, and with WebGPU's default limits. */
import { size } from "../../core/shape.ts";
import { openBackend } from "../../core-wgsl/index.ts";
import { type AnyOp, contract } from "../contract.ts";
import { useSwiftShader } from "./swiftshader.ts";

/** Numbers of all inputs of an example that is run: SwiftShader is 15 times slower than llvmpipe. */
const MOST = 16384;

const small = ({ definition }: AnyOp): number[] =>
  definition.examples.flatMap(([shapes], i) =>
    (shapes as number[][]).reduce((sum, shape) => sum + size(shape), 0) <= MOST ? [i] : [],
  );

useSwiftShader();

contract("SwiftShader", () => openBackend({ dawn: ["adapter=SwiftShader"] }), {
  examples: small,
  slopes: false,
});
