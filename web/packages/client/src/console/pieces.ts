/** Bytes at their offset in all of the audio. */
export interface Piece {
  offset: number;
  bytes: ArrayBuffer;
}

/**
 * The newest audio, to be sent and, after a lost connection or another server's start, to be sent again.
 * Bounded: of one piece more the oldest goes. What goes before the server has it is lost.
 */
export class Pieces {
  readonly #maxBytes: number;
  #kept: Piece[] = [];
  #end = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The offset of the next byte to come. */
  get end(): number {
    return this.#end;
  }

  /** The offset of the oldest byte that is kept. */
  get start(): number {
    return this.#kept[0]?.offset ?? this.#end;
  }

  push(bytes: ArrayBuffer): void {
    this.#kept.push({ offset: this.#end, bytes });
    this.#end += bytes.byteLength;
    while (this.#end - this.start > this.#maxBytes) this.#kept.shift();
  }

  /** The rest of the kept piece in which `offset` lies; null when it lies outside. */
  from(offset: number): ArrayBuffer | null {
    const piece = this.#kept.find((one) => offset < one.offset + one.bytes.byteLength);
    return piece === undefined || offset < piece.offset
      ? null
      : piece.bytes.slice(offset - piece.offset);
  }
}
