import { begin } from '../mock/scenes.ts';
import { utteranceOf } from '../mock/script.ts';
import { expect, sentence, test } from './fixture.ts';

test('a page over a replaced log shows the new one', async ({ page, server }) => {
  begin(server, 'a');
  server.log('a', { type: 'utterance_completed', data: utteranceOf(['customer', 1000, 'One.']) });
  let asked = 0;
  await page.routeWebSocket(/\/v1\/subscribe/, (socket) => {
    const upstream = socket.connectToServer();
    socket.onMessage((message) => {
      const frame = JSON.parse(String(message)) as { type: string; id: string };
      if (frame.type === 'subscribe' && asked++ === 0) {
        server.log('a', {
          type: 'utterance_completed',
          data: utteranceOf(['customer', 2000, 'Two.']),
        });
        socket.send(
          JSON.stringify({
            type: 'error',
            id: frame.id,
            code: 'cursor_ahead',
            detail: '',
            cursor: 1,
          }),
        );
      } else upstream.send(message);
    });
  });
  await page.goto(`${server.url}/calls/a`);
  await expect(sentence(page, 'c-2000')).toBeVisible();
  server.log('a', { type: 'utterance_completed', data: utteranceOf(['customer', 3000, 'Three.']) });
  await expect(sentence(page, 'c-3000')).toBeVisible();
  expect(asked).toBe(2);
});

test('a log that fails for long is said, and not any more when it answers', async ({
  page,
  server,
}) => {
  begin(server, 'a');
  let say: (frame: object) => void = () => undefined;
  await page.routeWebSocket(/\/v1\/subscribe/, (socket) => {
    const upstream = socket.connectToServer();
    say = (frame) => socket.send(JSON.stringify(frame));
    socket.onMessage((message) => {
      upstream.send(message);
      const frame = JSON.parse(String(message)) as { type: string; id: string };
      if (frame.type === 'subscribe')
        setTimeout(
          () => say({ type: 'warning', id: frame.id, code: 'store_failed', detail: '' }),
          300,
        );
    });
  });
  await page.goto(`${server.url}/calls/a`);
  await expect(page.getByText('The server cannot read its log')).toBeVisible({ timeout: 15000 });
  await page.screenshot({ path: '/tmp/lead-stuck.png' });
  server.log('a', { type: 'utterance_completed', data: utteranceOf(['customer', 2000, 'Two.']) });
  await expect(sentence(page, 'c-2000')).toBeVisible();
  await expect(page.getByText('The server cannot read its log')).toHaveCount(0);
});
