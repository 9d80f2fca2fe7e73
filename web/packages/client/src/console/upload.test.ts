import { describe, expect, test } from 'vitest';
import { ScriptedEnvironment } from '../testing.ts';
import { Upload } from './upload.ts';
import type { UploadState } from './upload.ts';

/** One channel of 16 bits at 8 kHz. */
const BYTES_PER_S = 16_000;
const PIECE = 1600;

function json(status: number, body: object): Response {
  const ok = status < 300;
  return { ok, status, json: () => Promise.resolve(body) } as Response;
}

async function begun() {
  const environment = new ScriptedEnvironment();
  environment.answer = () => json(201, { upload_id: 'upload-1', call_id: 'call-1', offset: 0 });
  const states: UploadState[] = [];
  const upload = new Upload({
    origin: 'http://host',
    environment,
    audio: { encoding: 'pcm16', sample_rate_hz: 8000, channels: ['customer'] },
    watcher: (state) => states.push(state),
  });
  await settle();
  return { environment, upload, states };
}

/** Lets answers arrive. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

function sentBytes(environment: ScriptedEnvironment): number {
  return environment.socket.pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
}

describe('an upload', () => {
  test('sends what was spoken before the server was ready, and ends when it has all', async () => {
    const { environment, upload } = await begun();
    upload.push(new ArrayBuffer(PIECE));
    expect(environment.socket.url).toBe('ws://host/v1/uploads/upload-1/socket');
    expect(sentBytes(environment)).toBe(0);
    environment.socket.say({ type: 'ready', offset: 0 });
    upload.push(new ArrayBuffer(PIECE));
    expect(sentBytes(environment)).toBe(2 * PIECE);
    expect(upload.state.behindMs).toBe(200);
    upload.finish();
    expect(environment.socket.sent).toEqual([{ type: 'finish' }]);
    environment.socket.say({ type: 'ack', offset: 2 * PIECE });
    environment.socket.say({ type: 'finished', offset: 2 * PIECE });
    expect(upload.state).toMatchObject({ phase: 'finished', callId: 'call-1', behindMs: 0 });
  });

  test('keeps two seconds on their way and the rest here while the server waits', async () => {
    const { environment, upload } = await begun();
    environment.socket.say({ type: 'ready', offset: 0 });
    for (let n = 0; n < 50; n += 1) upload.push(new ArrayBuffer(PIECE));
    expect(sentBytes(environment)).toBe(2 * BYTES_PER_S);
    environment.socket.say({ type: 'wait', offset: 0 });
    expect(upload.state.phase).toBe('waiting');
    environment.socket.say({ type: 'ack', offset: BYTES_PER_S });
    expect(sentBytes(environment)).toBe(3 * BYTES_PER_S);
    expect(upload.state).toMatchObject({ phase: 'sending', behindMs: 4000 });
  });

  test('goes on after a lost socket where the server says, in the middle of a piece too', async () => {
    const { environment, upload } = await begun();
    environment.socket.say({ type: 'ready', offset: 0 });
    for (let n = 0; n < 10; n += 1) upload.push(new ArrayBuffer(PIECE));
    environment.socket.handlers.onClose();
    expect(upload.state.phase).toBe('lost');
    environment.answer = () => json(200, { offset: 0, state: 'open' });
    environment.advance(10_000);
    await settle();
    expect(environment.sockets).toHaveLength(2);
    environment.socket.say({ type: 'ready', offset: PIECE + 400 });
    expect(environment.socket.pieces[0]?.byteLength).toBe(PIECE - 400);
    expect(sentBytes(environment)).toBe(9 * PIECE - 400);
    expect(environment.socket.sent).toEqual([]);
  });

  test('tells what it could not keep as a gap', async () => {
    const { environment, upload } = await begun();
    environment.socket.say({ type: 'ready', offset: 0 });
    environment.socket.handlers.onClose();
    for (let n = 0; n < 650; n += 1) upload.push(new ArrayBuffer(PIECE));
    environment.answer = () => json(421, { code: 'upload_elsewhere', title: 'x' });
    environment.advance(1000);
    await settle();
    expect(upload.state.phase).toBe('lost');
    environment.answer = () => json(200, { offset: 0, state: 'open' });
    environment.advance(20_000);
    await settle();
    environment.socket.say({ type: 'ready', offset: 0 });
    expect(environment.socket.sent).toEqual([{ type: 'gap', offset: 50 * PIECE }]);
    expect(upload.state.lostMs).toBe(5000);
  });

  test('stops when its call is over, and when it is refused', async () => {
    const { environment, upload } = await begun();
    environment.socket.handlers.onClose();
    environment.answer = () => json(410, { code: 'upload_over', title: 'over' });
    environment.advance(1000);
    await settle();
    expect(upload.state.phase).toBe('over');

    const other = new ScriptedEnvironment();
    other.answer = () => json(400, { code: 'bad_audio', title: 'no', detail: 'not this' });
    const refused = new Upload({
      origin: '',
      environment: other,
      audio: { encoding: 'pcm16', sample_rate_hz: 1, channels: [] },
      watcher: () => undefined,
    });
    await settle();
    expect(refused.state).toMatchObject({ phase: 'failed', detail: 'not this' });
  });
});
