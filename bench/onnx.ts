import { stream } from "../core/random.ts";

// ONNX models as bytes: the few protobuf messages that a residual network needs.
// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3

/** A field of a message: numbers as varints, the rest with its length. */
type Field = [number: number, value: number | string | Uint8Array];

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return [...bytes, value];
}

/** A protobuf message; fields in order, repeated ones as often as they are given. */
function message(...fields: Field[]): Uint8Array<ArrayBuffer> {
  const parts = fields.flatMap(([number, value]): Uint8Array[] => {
    if (typeof value === "number") return [Uint8Array.from([...varint(number << 3), ...varint(value)])];
    const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
    return [Uint8Array.from([...varint((number << 3) | 2), ...varint(bytes.length)]), bytes];
  });
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const each of parts) {
    whole.set(each, at);
    at += each.length;
  }
  return whole;
}

const FLOAT = 1; // TensorProto.DataType
const INTS = 7; // AttributeProto.AttributeType

const tensor = (name: string, shape: readonly number[], values: Float32Array<ArrayBuffer>): Uint8Array =>
  message(
    ...shape.map((extent): Field => [1, extent]),
    [2, FLOAT],
    [8, name],
    [9, new Uint8Array(values.buffer)],
  );

const value = (name: string, shape: readonly number[]): Uint8Array => {
  const extents = message(...shape.map((extent): Field => [1, message([1, extent])]));
  return message([1, name], [2, message([1, message([1, FLOAT], [2, extents])])]);
};

const ints = (name: string, values: readonly number[]): Uint8Array =>
  message([1, name], ...values.map((each): Field => [8, each]), [20, INTS]);

/**
 * ResNet-18 without its classifier, untrained: x [N, 3, side, side] -> y [N, 512]. Normalisations are the identity's, and a
 * runtime folds them into the convolutions, as it does with any.
 */
export function resnet18Model({
  stem,
  batch,
  side,
}: {
  stem: "imagenet" | "cifar";
  batch: number;
  side: number;
}): Uint8Array<ArrayBuffer> {
  const nodes: Uint8Array[] = [];
  const tensors: Uint8Array[] = [];
  const random = stream(1, "bench", "onnx");
  let count = 0;

  function node(type: string, inputs: readonly string[], attributes: Uint8Array[] = []): string {
    const output = `${type}${count++}`;
    nodes.push(
      message(
        ...inputs.map((name): Field => [1, name]),
        [2, output],
        [3, output],
        [4, type],
        ...attributes.map((each): Field => [5, each]),
      ),
    );
    return output;
  }
  function weights(shape: readonly number[], draw: () => number): string {
    const name = `w${count++}`;
    const length = shape.reduce((a, b) => a * b, 1);
    tensors.push(tensor(name, shape, Float32Array.from({ length }, draw)));
    return name;
  }
  function conv(x: string, inputs: number, outputs: number, kernel: number, stride: number): string {
    const bound = Math.sqrt(6 / (inputs * kernel ** 2)); // He's variance
    const w = weights([outputs, inputs, kernel, kernel], () => bound * (2 * random.uniform() - 1));
    const pad = (kernel - 1) / 2;
    const y = node(
      "Conv",
      [x, w],
      [
        ints("kernel_shape", [kernel, kernel]),
        ints("strides", [stride, stride]),
        ints("pads", Array(4).fill(pad)),
      ],
    );
    const [one, zero] = [() => 1, () => 0];
    const moments = [one, zero, zero, one].map((draw) => weights([outputs], draw)); // scale, bias, mean, variance
    return node("BatchNormalization", [y, ...moments]);
  }
  function block(x: string, inputs: number, outputs: number, stride: number): string {
    const first = node("Relu", [conv(x, inputs, outputs, 3, stride)]);
    const second = conv(first, outputs, outputs, 3, 1);
    const short = stride > 1 || inputs !== outputs ? conv(x, inputs, outputs, 1, stride) : x;
    return node("Relu", [node("Add", [second, short])]);
  }

  const large = stem === "imagenet";
  let h = node("Relu", [conv("x", 3, 64, large ? 7 : 3, large ? 2 : 1)]);
  if (large)
    h = node(
      "MaxPool",
      [h],
      [ints("kernel_shape", [3, 3]), ints("strides", [2, 2]), ints("pads", [1, 1, 1, 1])],
    );
  let inputs = 64;
  for (const outputs of [64, 128, 256, 512]) {
    h = block(h, inputs, outputs, outputs > 64 ? 2 : 1);
    h = block(h, outputs, outputs, 1);
    inputs = outputs;
  }
  const y = node("Flatten", [node("GlobalAveragePool", [h])]);
  const graph = message(
    ...nodes.map((each): Field => [1, each]),
    [2, "resnet18"],
    ...tensors.map((each): Field => [5, each]),
    [11, value("x", [batch, 3, side, side])],
    [12, value(y, [batch, 512])],
  );
  return message([1, 8], [7, graph], [8, message([1, ""], [2, 13])]); // IR version 8, operators of version 13
}
