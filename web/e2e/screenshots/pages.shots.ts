import type { Page } from '@playwright/test';
import { test } from '@playwright/test';
import { join } from 'node:path';
import { populate } from '../mock/scenes.ts';
import { MockServer } from '../mock/server.ts';

const folder = process.env.SCREENSHOTS ?? join(import.meta.dirname, '../../../docs/screenshots');
/** Also takes those that are only for judging, not for the docs. */
const isAll = process.env.SHOTS === 'all';

let server: MockServer;

test.beforeEach(async () => {
  server = await MockServer.start();
});
test.afterEach(() => server.stop());

interface Look {
  name: string;
  width?: number;
  height?: number;
  scheme?: 'light' | 'dark';
  /** 2 shows what a reader at 200 % sees in a window of this size. */
  zoom?: number;
}

/** What the docs show. */
const DOCS = new Set([
  'live-light',
  'live-dark',
  'calls-light',
  'call-live-light',
  'call-live-dark',
  'call-live-narrow',
  'call-ended-light',
  'call-ended-dark',
  'call-broken-light',
  'health-light',
  'review-light',
  'review-dark',
]);

const LOOKS: Look[] = [
  { name: 'light' },
  { name: 'dark', scheme: 'dark' },
  { name: 'narrow', width: 320, height: 720 },
  { name: 'zoom-200', width: 640, height: 400, zoom: 2 },
  { name: 'wall', width: 2560, height: 1200 },
];

const PAGES: { name: string; path: string; act?: (page: Page) => Promise<void> }[] = [
  { name: 'live', path: '/' },
  { name: 'calls', path: '/calls' },
  { name: 'call-live', path: '/calls/card-live' },
  {
    name: 'call-ended',
    path: '/calls/past-1?q=charge',
    act: async (page) => {
      await page.getByText('Sure,').click();
      await page.waitForTimeout(1200);
      const strip = await page.getByRole('slider').boundingBox();
      if (strip) await page.mouse.move(strip.x + strip.width * 0.8, strip.y + 20);
    },
  },
  { name: 'call-broken', path: '/calls/past-broken' },
  { name: 'review', path: '/review' },
  { name: 'health', path: '/health' },
];

for (const look of LOOKS) {
  for (const { name, path, act } of PAGES) {
    if (!isAll && !DOCS.has(`${name}-${look.name}`)) continue;
    test(`${name} ${look.name}`, async ({ browser }) => {
      populate(server, { isPlaying: false });
      const context = await browser.newContext({
        viewport: { width: look.width ?? 1280, height: look.height ?? 800 },
        colorScheme: look.scheme ?? 'light',
        deviceScaleFactor: look.zoom ?? 1,
      });
      const page = await context.newPage();
      await page.goto(server.url + path);
      await page.waitForTimeout(500);
      await act?.(page);
      await page.screenshot({ path: join(folder, `${name}-${look.name}.png`) });
      await context.close();
    });
  }
}

test('states', async ({ browser }) => {
  test.skip(!isAll);
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const shot = (name: string) => page.screenshot({ path: join(folder, `${name}.png`) });
  for (const path of ['', 'calls', 'calls/no-such', 'nowhere']) {
    await page.goto(`${server.url}/${path}`);
    await page.waitForTimeout(300);
    await shot(`empty-${path.replace('/', '-') || 'live'}`);
  }
  populate(server, { isPlaying: false });
  await page.goto(`${server.url}/calls/card-live`);
  await page.getByRole('button', { name: /to screen/ }).hover();
  await page.waitForTimeout(400);
  await shot('stages');
  server.isDown = true;
  server.dropSockets();
  await page.waitForTimeout(3500);
  await shot('lost');
  server.isDown = false;
  await page.goto(`${server.url}/calls/card-live`);
  await page.keyboard.press('?');
  await page.waitForTimeout(400);
  await shot('keys');
  server.isSlow = true;
  for (const path of ['', 'calls', 'calls/card-live', 'health']) {
    await page.goto(`${server.url}/${path}`);
    await page.waitForTimeout(300);
    await shot(`loading-${path.replace('/', '-') || 'live'}`);
  }
  await context.close();
});
