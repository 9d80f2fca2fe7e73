import { defineConfig } from '@playwright/test';
import base from './playwright.config.ts';

/** Measures against a server that scripts/measure-hints.sh starts. */
export default defineConfig({ ...base, testDir: './latency' });
