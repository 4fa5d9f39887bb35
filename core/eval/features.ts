/** Features of a labelled set: one row an image. */
export interface Features {
  values: Float32Array<ArrayBuffer>; // [count, dimension]
  count: number;
  dimension: number;
  labels: Uint32Array; // [count], indices into classes
  classes: readonly string[];
}

/**
 * The test set's labels as indices into the training set's classes.
 *
 * Throws in the name of `who` where the sets' features or classes do not belong together.
 */
export function testLabels(who: string, train: Features, test: Features): Uint32Array {
  if (train.dimension !== test.dimension)
    throw new Error(`${who}: features differ: ${train.dimension}, ${test.dimension}`);
  const unknown = test.classes.filter((name) => !train.classes.includes(name));
  if (unknown.length) throw new Error(`${who}: the training set has no images of ${unknown.join(", ")}`);
  const classOf = test.classes.map((name) => train.classes.indexOf(name));
  return test.labels.map((label) => classOf[label]);
}
