import { defineConfig } from '@playwright/test';
import { browser } from './browser.ts';

/** Takes the pictures of docs/screenshots; judges nothing. */
export default defineConfig({
  testDir: './screenshots',
  testMatch: '*.shots.ts',
  outputDir: './test-results',
  timeout: 60_000,
  workers: 1,
  reporter: 'list',
  use: { ...browser, locale: 'en-GB', timezoneId: 'UTC' },
});
