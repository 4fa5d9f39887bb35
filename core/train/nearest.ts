/** The word that a misspelt one most likely means, if any is near: at most three edits, and fewer than half its letters. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const ranked = words
    .filter((each) => Math.abs(each.length - word.length) <= 3) // or there are more edits than that; a word may be long
    .map((each) => ({ each, edits: distance(word.toLowerCase(), each.toLowerCase()) }))
    .filter(({ each, edits }) => edits <= 3 && edits < Math.max(word.length, each.length) / 2)
    .sort((a, b) => a.edits - b.edits);
  return ranked[0]?.each;
}

/** `; did you mean <word>?`, or nothing. */
export function didYouMean(word: string, words: readonly string[]): string {
  const meant = nearest(word, words);
  return meant === undefined ? "" : `; did you mean ${meant}?`;
}

/** Letters to insert, delete, replace or swap with their neighbour: Damerau 1964, each letter changed once. */
function distance(a: string, b: string): number {
  const d = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i && j ? 0 : i + j)),
  );
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++) {
      d[i][j] = Math.min(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + Number(a[i - 1] !== b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.length][b.length];
}
