/** The longest event of a stream that is kept; a longer one is no server of ours. */
const MAX_EVENT_CHARS = 8 * 1024 * 1024;

/** Cuts a stream of server-sent events into the data of each. Pieces may be cut anywhere. */
export class EventStream {
  #line = '';
  #data: string[] = [];
  #size = 0;
  #endedWithReturn = false;

  /** Takes a piece in; gives the data of the events that it completes. */
  push(piece: string): string[] {
    const events: string[] = [];
    // A line feed after a carriage return at the end of the last piece belongs to that line's end.
    const text = this.#endedWithReturn && piece.startsWith('\n') ? piece.slice(1) : piece;
    if (piece !== '') this.#endedWithReturn = piece.endsWith('\r');
    const lines = text.split(/\r\n|\n|\r/);
    const last = lines.pop() ?? '';
    for (const line of lines) {
      this.#takeLine(this.#line + line, events);
      this.#line = '';
    }
    this.#line += last;
    if (this.#line.length + this.#size > MAX_EVENT_CHARS) throw new Error('an event is too long');
    return events;
  }

  #takeLine(line: string, events: string[]): void {
    if (line === '') {
      if (this.#data.length > 0) events.push(this.#data.join('\n'));
      this.#data = [];
      this.#size = 0;
      return;
    }
    if (!line.startsWith('data:')) return;
    const data = line.slice(line.startsWith('data: ') ? 6 : 5);
    this.#data.push(data);
    this.#size += data.length;
  }
}
