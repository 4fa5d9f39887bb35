import type { Shape } from "./shape.ts";
import { fits, show } from "./shape.ts";
import { type Dtype, Tensor } from "./tensor.ts";

/** Numbers of one tensor in the float64 reference; u8 and u32 tensors hold integers. */
export type Numbers = Float64Array;

/** Draws the values of one example input; `uniform()` is in [-1, 1). Earlier inputs are at hand. */
export type Draw<A> = (
  uniform: () => number,
  shape: Shape,
  earlier: Numbers[],
  attributes: A,
) => ArrayLike<number>;

export type Grads = readonly (Tensor | null)[];

/** Everything that is true of an op on every device. Kernels are found by `name`. */
export interface Definition<I extends Tensor[], A extends object> {
  /** The file stem of this op, of its WGSL kernel and of its AssemblyScript kernel. */
  readonly name: string;
  /** Element types of the inputs; f32 where nothing is said. */
  readonly inputs?: readonly Dtype[];
  /** Element type of the output; f32 where nothing is said. */
  readonly output?: Dtype;
  /** The output overwrites the first input: kernels bind one buffer for both, in the output's place. */
  readonly inPlace?: true;
  /** Shape of the output; throws ShapeError for inputs that do not fit. */
  shape(inputs: Shapes<I>, attributes: A): Shape;
  /** u32 fields that the kernels receive, in order. The reference receives them too. */
  params(inputs: Shapes<I>, output: Shape, attributes: A): Record<string, number>;
  /** f32 fields that follow them. */
  floats?(attributes: A, inputs: Shapes<I>): Record<string, number>;
  /** The formula in float64, slow and obviously right: fills y. For an op in place, y holds the first input's values. */
  reference(inputs: Numbers[], y: Numbers, params: Record<string, number>): void;
  /** Gradients of a scalar loss with respect to the inputs; absent where nothing can be learned through the op. */
  grad?(dy: Tensor, y: Tensor, inputs: I, attributes: A): Grads;
  /** How example values are drawn, where the uniform distribution on [-1, 1) would not do. */
  readonly draw?: readonly (Draw<A> | undefined)[];
  /** Inputs that are functions of earlier ones (saved statistics): drawn again when those move in a gradient check. */
  readonly derived?: readonly number[];
  /** Shapes and attributes that the contract test runs. */
  readonly examples: readonly (readonly [shapes: Shapes<I>, attributes: A])[];
}

type Shapes<I extends Tensor[]> = { [K in keyof I]: Shape };
type Arguments<I extends Tensor[], A extends object> =
  Record<string, never> extends A ? [...inputs: I, attributes?: A] : [...inputs: I, attributes: A];

/** A function of tensors that carries its definition. */
export interface Op<I extends Tensor[] = Tensor[], A extends object = object> {
  (...given: Arguments<I, A>): Tensor;
  readonly definition: Definition<I, A>;
}

/** Makes an op of its definition. Calling it checks types and shapes and returns a symbolic tensor. */
export function op<I extends Tensor[], A extends object = Record<string, never>>(
  definition: Definition<I, A>,
): Op<I, A> {
  const { name, inputs: dtypes = [], output = "f32", inPlace = false } = definition;

  function apply(...given: Arguments<I, A>): Tensor {
    const inputs = given.filter((value) => value instanceof Tensor) as unknown as I;
    const attributes = (given[inputs.length] ?? {}) as A;
    inputs.forEach((x, i) => {
      const expected = dtypes[i] ?? "f32";
      if (x.dtype !== expected)
        throw new TypeError(`${name}: input ${i} must be ${expected}; got ${x.dtype} ${show(x.shape)}`);
    });
    const shapes = inputs.map((x) => x.shape) as Shapes<I>;
    for (const x of shapes) fits(!x.includes(0), name, "every extent must be 1 or more", ...shapes);
    const shape = definition.shape(shapes, attributes);
    return new Tensor(shape, output, {
      kind: "op",
      call: {
        op: name,
        inputs,
        inPlace,
        u32: definition.params(shapes, shape, attributes),
        f32: definition.floats?.(attributes, shapes) ?? {},
        gradient: (dy, y) => definition.grad?.(dy, y, inputs, attributes) ?? inputs.map(() => null),
      },
    });
  }
  return Object.assign(apply, { definition });
}
