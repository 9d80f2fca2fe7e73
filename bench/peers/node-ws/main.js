// A plain WebSocket server: everybody who follows a call gets its events, the same bytes at the same times as from
// Trunkline. Each event is made into bytes once. It has no log, no resumption, no access and no backpressure: it is the
// floor of Node.js for sending, not a product.
'use strict';

const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');

const { WebSocketServer } = require(process.env.WS_PACKAGE || 'ws');

/** Events that are due within this go out together, in microseconds. */
const TOGETHER_US = 2_000;

function argument(name) {
  const at = process.argv.indexOf(name);
  const value = at < 0 ? NaN : Number(process.argv[at + 1]);
  if (!Number.isFinite(value) || value <= 0) throw new Error(`give ${name} N`);
  return value;
}

const calls = argument('--calls');
const apartUs = argument('--interval-us') / calls;
const { message, places } = JSON.parse(fs.readFileSync(path.join(__dirname, 'template.json'), 'utf8'));

/** The template cut at its places, in the order in which they stand. */
function cut(text, names) {
  const found = names.map((name, index) => ({ index, at: text.indexOf(name), length: name.length }));
  found.sort((a, b) => a.at - b.at);
  const pieces = [];
  let from = 0;
  for (const { at, length } of found) {
    pieces.push(text.slice(from, at));
    from = at + length;
  }
  pieces.push(text.slice(from));
  return { pieces, order: found.map(({ index }) => index) };
}

const { pieces, order } = cut(message, places);

function made(values) {
  let text = pieces[0];
  order.forEach((index, n) => {
    text += values[index] + pieces[n + 1];
  });
  return Buffer.from(text);
}

const followers = Array.from({ length: calls }, () => new Set());
const names = followers.map((_, number) => `call-${String(number).padStart(7, '0')}`);
const numbers = new Map(names.map((name, number) => [name, number]));

const server = http.createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (socket) => {
  socket.on('message', (data) => {
    const asked = JSON.parse(data.toString());
    const number = numbers.get(asked.call_id);
    if (asked.type !== 'subscribe' || number === undefined) return socket.close();
    followers[number].add(socket);
    socket.on('close', () => followers[number].delete(socket));
    socket.send(JSON.stringify({ type: 'caught_up', id: asked.id, cursor: 0 }));
  });
});

const nowUs = () => (performance.timeOrigin + performance.now()) * 1_000;
const beganUs = nowUs();
let next = 0;

/** Sends what is due, also what was missed, with its time. */
function publish() {
  const untilUs = nowUs() + TOGETHER_US;
  for (; beganUs + next * apartUs < untilUs; next += 1) {
    const number = next % calls;
    const revision = Math.floor(next / calls) + 1;
    if (followers[number].size === 0) continue;
    const bytes = made([names[number], String(revision), String(Math.round(beganUs + next * apartUs))]);
    for (const socket of followers[number]) socket.send(bytes, { binary: false });
  }
  const waitMs = (beganUs + next * apartUs - nowUs()) / 1_000;
  setTimeout(publish, Math.max(0, waitMs));
}

server.listen(0, '127.0.0.1', 8_192, () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
  publish();
});
