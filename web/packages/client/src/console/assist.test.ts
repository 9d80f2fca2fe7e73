import { expect, test } from 'vitest';
import { ScriptedEnvironment } from '../testing.ts';
import { createAssist } from './assist.ts';

const taken = () => new Response('{"id":"x"}', { status: 202 });

test('an act that does not arrive is sent again under the same id', async () => {
  const environment = new ScriptedEnvironment();
  const ids: string[] = [];
  environment.fetch = (_, init) => {
    ids.push((JSON.parse(init.body ?? '{}') as { id: string }).id);
    return ids.length < 3 ? Promise.reject(new TypeError('gone')) : Promise.resolve(taken());
  };
  environment.timer = (_, callback) => {
    queueMicrotask(callback);
    return () => undefined;
  };
  await createAssist('', environment).act('c', { type: 'mute', data: { muted: true } });
  expect(ids).toHaveLength(3);
  expect(new Set(ids).size).toBe(1);
  expect(ids[0]).toMatch(/^[a-z0-9-]{8,64}$/);
});

test('an act that is refused is not tried again', async () => {
  const environment = new ScriptedEnvironment();
  let asked = 0;
  environment.answer = () => {
    asked += 1;
    return new Response('{"code":"call_ended","title":"The call is over"}', { status: 409 });
  };
  const act = createAssist('', environment).act('c', { type: 'mute', data: { muted: true } });
  await expect(act).rejects.toMatchObject({ code: 'call_ended' });
  expect(asked).toBe(1);
});

test('a backtest tells its progress, wherever its lines are cut', async () => {
  const lines =
    '{"type":"progress","done":1,"of":2}\n{"type":"progress","done":2,"of":2}\n' +
    '{"type":"result","calls":2,"skipped":0,"rules":[],"checklist":[]}\n';
  for (const size of [1, 7, 50, 500]) {
    const environment = new ScriptedEnvironment();
    environment.answer = () => new Response(inPieces(lines, size));
    const seen: number[] = [];
    const result = await createAssist('', environment).backtest(
      { yaml: '', days: 7 },
      (done) => seen.push(done),
      new AbortController().signal,
    );
    expect(seen).toEqual([1, 2]);
    expect(result.calls).toBe(2);
  }
});

test('a backtest that is cut off is no result', async () => {
  const environment = new ScriptedEnvironment();
  environment.answer = () => new Response('{"type":"progress","done":1,"of":2}\n');
  const run = createAssist('', environment).backtest(
    { yaml: '', days: 7 },
    () => undefined,
    new AbortController().signal,
  );
  await expect(run).rejects.toMatchObject({ code: 'cut_off' });
});

function inPieces(text: string, size: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size)
        controller.enqueue(bytes.slice(at, at + size));
      controller.close();
    },
  });
}
