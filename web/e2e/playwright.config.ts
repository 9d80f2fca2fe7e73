import { defineConfig } from '@playwright/test';
import { browser } from './browser.ts';

export default defineConfig({
  testDir: './specs',
  outputDir: './test-results',
  timeout: 30_000,
  workers: 1,
  reporter: 'list',
  use: { ...browser, viewport: { width: 1280, height: 800 } },
});
