import type { Page } from '@playwright/test';
import { expect, test as base } from '@playwright/test';
import { MockServer } from '../mock/server.ts';

/** A page beside a scripted server. Fails when the page logs an error that the test did not bring about. */
export const test = base.extend<{ server: MockServer; complaints: string[] }>({
  // eslint-disable-next-line no-empty-pattern
  server: async ({}, use) => {
    const server = await MockServer.start();
    await use(server);
    await server.stop();
  },
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        const isNetwork = /Failed to load resource|WebSocket connection/.test(message.text());
        if (message.type() === 'error' && !isNetwork) complaints.push(message.text());
      });
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

/** The words shown for one speaker's sentence, as a reader would copy them. */
export function sentence(page: Page, id: string) {
  return page.locator(`[data-id="${id}"]`);
}

export { expect };
