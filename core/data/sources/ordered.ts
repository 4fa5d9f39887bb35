/**
 * Answers in the order of the questions, while at most `ahead` of them are under way or wait for their turn.
 *
 *     ask(i) for i = 0 .. count - 1
 */
export async function* ordered<Answer>(
  count: number,
  ahead: number,
  ask: (i: number) => Promise<Answer>,
): AsyncGenerator<Answer> {
  const underWay: Promise<Answer>[] = [];
  for (let next = 0; next < count || underWay.length > 0; ) {
    while (next < count && underWay.length < ahead) underWay.push(ask(next++));
    yield await (underWay.shift() as Promise<Answer>); // not empty
  }
}
