import type { Backend, Location } from "./backend.ts";
import { show, size } from "./shape.ts";
import { bytesOf, bytesPerElement, type Tensor, type Values } from "./tensor.ts";

/** Inputs and state on a device: every leaf gets storage of its own when it is first named. */
export class Memory {
  readonly #backend: Backend;
  readonly #places = new Map<Tensor, Location>();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** Lets leaves live in parts of other state tensors: the parameters in their arena. */
  place(leaf: Tensor, at: Tensor): void {
    this.#places.set(leaf, this.locate(at));
  }

  /** Where an input or a state tensor lies, or a part of one. Throws RangeError where one is larger than the backend takes. */
  locate(x: Tensor): Location {
    const known = this.#places.get(x);
    if (known) return known;
    if (x.origin.kind === "view") return this.locate(x.origin.of);
    if (x.origin.kind === "part") {
      const base = this.locate(x.origin.of);
      return {
        storage: base.storage,
        offset: base.offset + x.origin.offset * bytesPerElement[x.dtype],
        bytes: bytesOf(x),
      };
    }
    if (x.origin.kind === "op") throw new Error("memory: a computed tensor lives in a program, not here");
    const bytes = bytesOf(x);
    const { name, limits } = this.#backend;
    if (bytes > limits.tensor)
      throw new RangeError(
        `memory: ${x.dtype} ${show(x.shape)} needs ${bytes} bytes in one tensor; ${name} has ${limits.tensor}; ` +
          "use fewer or smaller images, or fewer rows",
      );
    const location = { storage: this.#backend.allocate(bytes), offset: 0, bytes };
    this.#places.set(x, location);
    return location;
  }

  /** As `locate`; undefined for what an op computes. */
  tryLocate(x: Tensor): Location | undefined {
    return x.origin.kind === "op" ? undefined : this.locate(x);
  }

  write(x: Tensor, values: Values): void {
    const { storage, offset } = this.locate(x);
    if (values.length !== size(x.shape))
      throw new RangeError(`memory: a tensor of ${size(x.shape)} elements cannot take ${values.length}`);
    this.#backend.write(storage, offset, values);
  }

  read(x: Tensor): Promise<Values> {
    const { storage, offset } = this.locate(x);
    return this.#backend.read(storage, offset, x.dtype, size(x.shape));
  }

  /** Gives all storage back. */
  free(): void {
    for (const storage of new Set([...this.#places.values()].map((place) => place.storage))) storage.free();
    this.#places.clear();
  }
}
