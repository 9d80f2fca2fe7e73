// The frames of RFC 6455, as far as JSON texts and audio need them: none is fragmented.
import { createHash, randomFillSync } from 'node:crypto';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** Masks are taken from here, so that randomness is asked for once in a while only. */
const masks = Buffer.alloc(4 * 2_048);
let nextMask = masks.length;

export function acceptKey(key) {
  return createHash('sha1').update(key + GUID).digest('base64');
}

/** A frame with its head, and the place where what follows goes: the mask, or the payload. */
function begin(opcode, length, masked) {
  const at = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(at + (masked ? 4 : 0) + length);
  frame[0] = 0x80 | opcode;
  frame[1] = (masked ? 0x80 : 0) | (at === 2 ? length : at === 4 ? 126 : 127);
  if (at === 4) frame.writeUInt16BE(length, 2);
  if (at === 10) frame.writeBigUInt64BE(BigInt(length), 2);
  return { frame, at };
}

/** A text as a server sends it. */
export function textFrame(text) {
  const length = Buffer.byteLength(text);
  const { frame, at } = begin(1, length, false);
  frame.write(text, at);
  return frame;
}

/** A payload as a client sends it. */
export function maskedFrame(opcode, payload) {
  if (nextMask >= masks.length) {
    randomFillSync(masks);
    nextMask = 0;
  }
  const [a, b, c, d] = masks.subarray(nextMask, nextMask + 4);
  nextMask += 4;
  const { frame, at } = begin(opcode, payload.length, true);
  frame.set([a, b, c, d], at);
  let to = at + 4;
  let n = 0;
  for (; n + 4 <= payload.length; n += 4, to += 4) {
    frame[to] = payload[n] ^ a;
    frame[to + 1] = payload[n + 1] ^ b;
    frame[to + 2] = payload[n + 2] ^ c;
    frame[to + 3] = payload[n + 3] ^ d;
  }
  for (const mask of [a, b, c]) {
    if (n < payload.length) frame[to++] = payload[n++] ^ mask;
  }
  return frame;
}

/** Takes bytes as they come; `onFrame` gets each opcode and its payload. */
export function decodeFrames(onFrame) {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    let bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    for (;;) {
      const whole = one(bytes);
      if (!whole) break;
      onFrame(whole.opcode, whole.payload);
      bytes = bytes.subarray(whole.end);
    }
    rest = Buffer.from(bytes);
  };
}

function one(bytes) {
  if (bytes.length < 2) return undefined;
  let length = bytes[1] & 0x7f;
  let at = 2;
  if (length === 126) {
    if (bytes.length < 4) return undefined;
    length = bytes.readUInt16BE(2);
    at = 4;
  } else if (length === 127) {
    if (bytes.length < 10) return undefined;
    length = Number(bytes.readBigUInt64BE(2));
    at = 10;
  }
  const masked = (bytes[1] & 0x80) !== 0;
  const from = masked ? at + 4 : at;
  const end = from + length;
  if (bytes.length < end) return undefined;
  const payload = Buffer.from(bytes.subarray(from, end));
  if (masked) for (let n = 0; n < payload.length; n += 1) payload[n] ^= bytes[at + (n & 3)];
  return { opcode: bytes[0] & 0x0f, payload, end };
}
