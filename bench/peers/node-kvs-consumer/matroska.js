// Reads the blocks out of the endless Matroska that GetMedia sends: one document after the other, sizes unknown.

const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
const TIMECODE = 0xe7;
const SIMPLE_BLOCK = 0xa3;
const TRACKS = 0x1654ae6b;
const TRACK_ENTRY = 0xae;
const TRACK_NUMBER = 0xd7;
const TRACK_NAME = 0x536e;
/** Elements whose content is read in turn; their own sizes do not matter. */
const MASTERS = new Set([SEGMENT, CLUSTER, TRACKS, TRACK_ENTRY]);
/** Larger elements than any that Connect sends. */
const MAX_ELEMENT_BYTES = 1 << 20;

export class Matroska {
  constructor(onBlock) {
    this.onBlock = onBlock;
    this.rest = Buffer.alloc(0);
    this.names = new Map();
    this.track = 0;
    this.clusterMs = 0;
  }

  push(chunk) {
    const bytes = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    let at = 0;
    for (;;) {
      const next = this.element(bytes, at);
      if (next === undefined) break;
      at = next;
    }
    // A copy: the chunk itself may be large.
    this.rest = Buffer.from(bytes.subarray(at));
  }

  /** Reads the element at this place; gives the next place, or nothing while it is not whole. */
  element(bytes, at) {
    if (at >= bytes.length) return undefined;
    const idLength = Math.clz32(bytes[at]) - 23;
    const sizeAt = at + idLength;
    if (idLength > 4) throw new Error('this is no Matroska');
    if (sizeAt >= bytes.length) return undefined;
    const sizeLength = Math.clz32(bytes[sizeAt]) - 23;
    const from = sizeAt + sizeLength;
    if (sizeLength > 8) throw new Error('this is no Matroska');
    if (from > bytes.length) return undefined;
    const id = bytes.readUIntBE(at, idLength);
    if (MASTERS.has(id)) return from;
    let size = bytes[sizeAt] & (0xff >> sizeLength);
    for (let n = sizeAt + 1; n < from; n += 1) size = size * 256 + bytes[n];
    if (size > MAX_ELEMENT_BYTES) throw new Error('an element is too large');
    const to = from + size;
    if (to > bytes.length) return undefined;
    this.take(id, bytes.subarray(from, to));
    return to;
  }

  take(id, content) {
    if (id === SIMPLE_BLOCK) {
      // The track's number takes one byte, as Connect has two tracks; a byte of flags follows the time.
      const name = this.names.get(content[0] & 0x7f);
      const timeMs = this.clusterMs + content.readInt16BE(1);
      this.onBlock({ name, timeMs, payload: content.subarray(4) });
    } else if (id === TIMECODE) {
      this.clusterMs = uint(content);
    } else if (id === TRACK_NUMBER) {
      this.track = uint(content);
    } else if (id === TRACK_NAME) {
      this.names.set(this.track, content.toString('utf8').replace(/\0+$/, ''));
    }
  }
}

function uint(content) {
  let value = 0;
  for (const byte of content) value = value * 256 + byte;
  return value;
}
