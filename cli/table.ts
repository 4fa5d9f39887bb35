/** Rows of words in columns, as lines. */
export function tableOf(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column].length))) ?? [];
  return rows.map((row) =>
    row
      .map((word, i) => word.padEnd(widths[i]))
      .join("  ")
      .trimEnd(),
  );
}
