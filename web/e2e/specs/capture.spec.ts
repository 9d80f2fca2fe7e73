import type { Page, WebSocketRoute } from '@playwright/test';
import { browser } from '../browser.ts';
import { expect, test } from './fixture.ts';

/** Chromium's own microphone beeps once a second, and needs nobody to allow it. */
test.use({
  launchOptions: {
    ...browser.launchOptions,
    args: [
      ...browser.launchOptions.args,
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
    ],
  },
});

interface Heard {
  /** Where each connection began to send. */
  starts: number[];
  sockets: WebSocketRoute[];
  bytes: number;
  loudest: number;
  isFinished: boolean;
}

/** A server's part of the protocol, for one upload. */
async function takeUploads(page: Page): Promise<Heard> {
  const heard: Heard = { starts: [], sockets: [], bytes: 0, loudest: 0, isFinished: false };
  await page.route('**/v1/uploads', (route) =>
    route.fulfill({
      status: 201,
      json: { upload_id: 'upload-1', call_id: 'call-1', offset: 0 },
    }),
  );
  await page.route('**/v1/uploads/upload-1', (route) =>
    route.fulfill({ json: { offset: heard.bytes, state: 'open' } }),
  );
  await page.routeWebSocket(/\/v1\/uploads\/upload-1\/socket/, (socket) => {
    heard.sockets.push(socket);
    heard.starts.push(heard.bytes);
    socket.onMessage((message) => {
      if (typeof message === 'string') {
        heard.isFinished = message.includes('finish');
        socket.send(JSON.stringify({ type: 'finished', offset: heard.bytes }));
        return;
      }
      heard.bytes += message.byteLength;
      for (let at = 0; at + 1 < message.byteLength; at += 2)
        heard.loudest = Math.max(heard.loudest, Math.abs(message.readInt16LE(at)));
      socket.send(JSON.stringify({ type: 'ack', offset: heard.bytes }));
    });
    socket.send(JSON.stringify({ type: 'ready', offset: heard.bytes }));
  });
  return heard;
}

test('a microphone is sent, over a lost connection too, until it is stopped', async ({
  page,
  server,
}) => {
  const heard = await takeUploads(page);
  const described = page.waitForRequest('**/v1/uploads');
  await page.goto(`${server.url}/capture`);
  await page.getByLabel('Who is heard in the shared tab').first().click();
  await page.getByRole('option', { name: 'Nobody' }).click();
  await page.getByLabel("The agent's name").fill('Dana R.');
  await page.getByRole('button', { name: 'Start' }).click();
  expect((await described).postDataJSON()).toEqual({
    encoding: 'pcm16',
    sample_rate_hz: 16_000,
    channels: ['to_customer'],
    agent: 'Dana R.',
  });

  await expect(page.getByText('Sending', { exact: true })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Open the call' })).toHaveAttribute(
    'href',
    '/calls/call-1',
  );
  // The beep is heard, and seen.
  await expect.poll(() => heard.loudest, { timeout: 15_000 }).toBeGreaterThan(1000);
  const meter = page.getByRole('meter', { name: 'Agent, level' });
  await expect
    // The beep is short: many looks find it.
    .poll(async () => Number(await meter.getAttribute('aria-valuenow')), { intervals: [20] })
    .toBeGreaterThan(20);

  const before = heard.bytes;
  await heard.sockets.at(-1)?.close();
  await expect.poll(() => heard.starts.length, { timeout: 15_000 }).toBeGreaterThan(1);
  await expect.poll(() => heard.bytes, { timeout: 15_000 }).toBeGreaterThan(before + 32_000);
  expect(heard.starts.at(-1)).toBeGreaterThanOrEqual(before);

  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(page.getByText('Finished: the server has all of it')).toBeVisible();
  expect(heard.isFinished).toBe(true);
});

test('both sources cannot be the same person, and one is needed', async ({ page, server }) => {
  await page.goto(`${server.url}/capture`);
  await page.getByLabel('Who is heard on the microphone').first().click();
  await page.getByRole('option', { name: 'The customer' }).click();
  await expect(page.getByText('Both cannot be the same person.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Start' })).toBeDisabled();
});

test('what was refused is said in words', async ({ page, server }) => {
  await page.addInitScript(() => {
    navigator.mediaDevices.getDisplayMedia = () =>
      Promise.reject(new DOMException('no', 'NotAllowedError'));
  });
  await page.goto(`${server.url}/capture`);
  await page.getByRole('button', { name: 'Start' }).click();
  await expect(page.getByRole('alert')).toContainText("The tab's sound was not allowed");
});
