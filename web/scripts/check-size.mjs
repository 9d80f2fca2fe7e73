// Fails when what a browser must load before it shows a page grows over the budget.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const BUDGET_BYTES = 300_000;
const assets = join(import.meta.dirname, '../apps/console/dist/assets');

let total = 0;
for (const name of readdirSync(assets).filter((file) => /\.(js|css)$/.test(file))) {
  const bytes = gzipSync(readFileSync(join(assets, name)), { level: 9 }).length;
  total += bytes;
  console.log(`${String(bytes).padStart(8)}  ${name}`);
}
console.log(`${String(total).padStart(8)}  of ${BUDGET_BYTES} bytes gzipped`);
if (total > BUDGET_BYTES) {
  console.error('The console is over its size budget.');
  process.exit(1);
}
