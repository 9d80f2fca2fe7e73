import { createRequire } from 'node:module';
import { chromium } from '@playwright/test';
import { build } from 'vite';
import { browser as settings } from '../../../e2e/browser.ts';
import type { SocketConstructor } from '../src/environment.ts';
import { defaultEnvironment } from '../src/environment.ts';
import type { Begun, Report } from './phase.ts';
import { follow } from './phase.ts';

/** Follows the calls of a phase, somewhere. */
type Follower = (phase: string, calls: readonly string[]) => Promise<Report>;

interface Phases {
  phases: { name: string; about: string }[];
}

interface Verdict {
  passed: boolean;
  problems: string[];
}

const require = createRequire(import.meta.url);

/** Goes through the phases of the judge at `url` in Node or in Chromium, and says how it went. */
export async function main(url: string, where: string, only: string | null): Promise<boolean> {
  const { phases } = await ask<Phases>(url, '/conformance');
  const { follower, close } = where === 'chromium' ? await inChromium(url) : inNode(url);
  let passed = true;
  for (const { name, about } of phases) {
    if (only !== null && only !== name) continue;
    const { calls } = await ask<Begun>(url, '/conformance/begin', { phase: name });
    const report = await follower(name, calls);
    const verdict = await ask<Verdict>(url, '/conformance/report', report);
    const isRight = verdict.passed && report.partial_ok;
    passed &&= isRight;
    const events = Object.values(report.calls).reduce((sum, places) => sum + places.length, 0);
    say(`${isRight ? 'pass' : 'FAIL'}  ${name}: ${about}`);
    say(`      ${events} events of ${calls.length} calls; ${report.states.join(', ')}`);
    for (const problem of verdict.problems) say(`      ${problem}`);
    if (!report.partial_ok) say('      words in the making went back');
  }
  await close();
  return passed;
}

function inNode(url: string) {
  const sockets = require('ws') as SocketConstructor;
  const environment = defaultEnvironment(sockets);
  const follower: Follower = (phase, calls) =>
    follow('trunkline client in Node', phase, calls, { origin: url, environment });
  return { follower, close: () => Promise.resolve() };
}

/**
 * The client as a browser has it: its bundle, in a page that the judge itself served, for a browser lets no other page
 * open sockets to this host.
 */
async function inChromium(url: string) {
  const browser = await chromium.launch(settings.launchOptions);
  const page = await browser.newPage();
  await page.goto(`${url}/conformance`);
  await page.evaluate(await bundle());
  const follower: Follower = (phase, calls) =>
    page.evaluate(
      ([name, ids]) =>
        (globalThis as unknown as { follow: typeof follow }).follow(
          'trunkline client in Chromium',
          name,
          ids,
          { origin: globalThis.location.origin },
        ),
      [phase, calls] as const,
    );
  return { follower, close: () => browser.close() };
}

async function bundle(): Promise<string> {
  const entry = `${import.meta.dirname}/page.ts`;
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      target: 'es2022',
      lib: { entry, formats: ['iife'], name: 'page', fileName: 'page' },
    },
  });
  const [first] = [built].flat();
  const chunk = first !== undefined && 'output' in first ? first.output[0] : undefined;
  if (chunk === undefined) throw new Error('the client does not build');
  return chunk.code;
}

/** Asks the judge itself; what is done to connections may hit this one, too. */
async function ask<T>(url: string, path: string, body?: object): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(url + path, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return (await response.json()) as T;
    } catch (error) {
      if (attempt >= 5) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
