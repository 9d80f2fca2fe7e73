// Deepgram's live streaming WebSocket.
import net from 'node:net';
import tls from 'node:tls';
import { randomBytes } from 'node:crypto';

import { decodeFrames, maskedFrame } from './websocket.js';

const QUERY =
  'model=nova-3&encoding=linear16&sample_rate=8000&channels=2&multichannel=true&interim_results=true&punctuate=true';
const TEXT = 1;
const BINARY = 2;

/** Opens a stream; `onMessage` gets each text that comes. */
export async function openRecogniser(endpoint, key, onMessage) {
  const { protocol, hostname, port } = new URL(endpoint);
  const where = { host: hostname, port: Number(port) };
  const socket = protocol === 'wss:' ? tls.connect(where) : net.connect(where);
  socket.setNoDelay(true);
  const rest = await upgrade(socket, `/v1/listen?${QUERY}`, `${hostname}:${port}`, key);
  const frames = decodeFrames((opcode, payload) => {
    if (opcode === TEXT) onMessage(payload.toString('utf8'));
  });
  socket.on('data', frames);
  socket.on('error', (error) => console.error(`recogniser: ${error.message}`));
  frames(rest);
  return {
    send: (audio) => socket.write(maskedFrame(BINARY, audio)),
    close: () => socket.end(maskedFrame(TEXT, Buffer.from('{"type":"CloseStream"}'))),
  };
}

function upgrade(socket, path, host, key) {
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n` +
      `Authorization: Token ${key}\r\n\r\n`,
  );
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    const read = (chunk) => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      socket.off('data', read);
      socket.off('error', reject);
      if (head.toString('latin1', 0, 12) !== 'HTTP/1.1 101') reject(new Error('the recogniser refused'));
      resolve(head.subarray(end + 4));
    };
    socket.on('data', read);
    socket.on('error', reject);
  });
}
