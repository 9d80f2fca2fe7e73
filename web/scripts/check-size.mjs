// Fails when what a browser must load before it shows a page grows over the budget.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const BUDGET_BYTES = 300_000;
const dist = join(import.meta.dirname, '../apps/console/dist');
// What the page names is loaded before it shows anything; what a route of its own needs comes with that route.
const page = readFileSync(join(dist, 'index.html'), 'utf8');
const first = [...page.matchAll(/\/(assets\/[^"]+\.(?:js|css))"/g)].map(([, file]) => file);

let total = 0;
for (const name of first) {
  const bytes = gzipSync(readFileSync(join(dist, name)), { level: 9 }).length;
  total += bytes;
  console.log(`${String(bytes).padStart(8)}  ${name}`);
}
console.log(`${String(total).padStart(8)}  of ${BUDGET_BYTES} bytes gzipped`);
if (total > BUDGET_BYTES) {
  console.error('The console is over its size budget.');
  process.exit(1);
}
