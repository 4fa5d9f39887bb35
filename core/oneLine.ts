/**
 * Text that came from a file, fit to stand in an error's one line: control characters and line ends as `?`, and not more than
 * `most` characters of it.
 */
export function oneLine(text: string, most = 1000): string {
  const cut = text.length > most ? `${text.slice(0, most - 3)}...` : text;
  return cut.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, "?");
}
