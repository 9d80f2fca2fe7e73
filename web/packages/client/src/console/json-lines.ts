/** A line longer than this is none of ours. */
const MAX_LINE_CHARS = 4_000_000;

/** The lines of a JSON-lines answer, as they come. */
export async function* jsonLines<T>(response: Response): AsyncGenerator<T> {
  const { body } = response;
  if (body === null) return;
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      if (done) lines.push(rest);
      for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as T;
      if (done) return;
      if (rest.length > MAX_LINE_CHARS) throw new Error('the answer has a line without end');
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
