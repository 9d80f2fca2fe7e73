// Takes a flow's Lambda event, follows the call's stream, and hands its words to those who follow the call.
import http from 'node:http';
import { parseArgs } from 'node:util';

import { Call } from './call.js';
import { acceptKey, decodeFrames, textFrame } from './websocket.js';

/** The largest event that is taken: Connect's are smaller. */
const MAX_EVENT_BYTES = 256 * 1024;

const { values: options } = parseArgs({
  options: {
    kvs: { type: 'string' },
    recogniser: { type: 'string' },
    key: { type: 'string', default: 'bench' },
    listen: { type: 'string', default: '127.0.0.1:0' },
  },
});

/** Sockets by the call that they follow. */
const followers = new Map();

function broadcast(callId, event) {
  const sockets = followers.get(callId);
  if (!sockets) return;
  for (const [socket, id] of sockets) {
    socket.write(textFrame(JSON.stringify({ type: 'event', id, event })));
  }
}

function body(request) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    let bytes = 0;
    request.on('data', (chunk) => {
      bytes += chunk.length;
      if (bytes > MAX_EVENT_BYTES) request.destroy(new Error('the event is too large'));
      chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
  });
}

async function answer(request) {
  const text = await body(request);
  if (request.url !== '/v1/triggers/connect') return {};
  const { ContactId, MediaStreams } = JSON.parse(text).Details.ContactData;
  const { StreamARN, StartTimestamp } = MediaStreams.Customer.Audio;
  const stream = StreamARN.split('/')[1];
  const call = new Call(ContactId, (event) => broadcast(ContactId, event));
  call.run({ ...options, stream, startMs: Number(StartTimestamp) }).catch((error) => {
    console.error(`call ${ContactId}: ${error.message}`);
  });
  return { callId: ContactId };
}

const server = http.createServer((request, response) => {
  answer(request).then(
    (value) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value)),
    (error) => response.writeHead(400).end(error.message),
  );
});

server.on('upgrade', (request, socket) => {
  socket.setNoDelay(true);
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${acceptKey(request.headers['sec-websocket-key'])}\r\n\r\n`,
  );
  const followed = new Set();
  const frames = decodeFrames((opcode, payload) => {
    if (opcode !== 1) return;
    const { id, call_id: callId } = JSON.parse(payload);
    if (!followers.has(callId)) followers.set(callId, new Map());
    followers.get(callId).set(socket, id);
    followed.add(callId);
  });
  socket.on('data', frames);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => followed.forEach((callId) => followers.get(callId)?.delete(socket)));
});

const [host, port] = options.listen.split(':');
server.listen(Number(port), host, () => {
  console.log(`console   http://${host}:${server.address().port}`);
});
