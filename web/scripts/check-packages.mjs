// Packs the published packages as `npm publish` would, and checks what came of it: manifest, types for both module
// formats, that both load, the size of the client and that what is not used stays out of a bundle.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { build } from 'vite';

const MAX_CLIENT_BYTES = 15_000;
/** What folding guidance alone may cost. */
const MAX_FOLD_BYTES = 2_000;

const workspace = join(import.meta.dirname, '..');
const place = mkdtempSync(join(tmpdir(), 'trunkline-packages-'));
let failures = 0;

try {
  const modules = join(place, 'node_modules/@trunkline');
  mkdirSync(modules, { recursive: true });
  writeFileSync(join(place, 'package.json'), '{"type":"module"}');
  for (const name of ['react', 'react-dom', 'scheduler'])
    symlinkSync(join(workspace, 'node_modules', name), join(place, 'node_modules', name));
  for (const name of ['client', 'react']) await checkPacked(name, modules);
  checkLoads();
  await checkSize('the client', `export * from '@trunkline/client'`, MAX_CLIENT_BYTES);
  await checkSize(
    'folding guidance alone',
    `export { reduceGuidance } from '@trunkline/client'`,
    MAX_FOLD_BYTES,
  );
} finally {
  rmSync(place, { recursive: true });
}
process.exit(failures > 0 ? 1 : 0);

async function checkPacked(name, modules) {
  const folder = join(workspace, 'packages', name);
  const [{ filename }] = JSON.parse(
    run('npm', ['pack', '--json', '--pack-destination', place], folder).replace(/^[^[]*/, ''),
  );
  const tarball = join(place, filename);
  mkdirSync(join(modules, name));
  run('tar', ['-xzf', tarball, '--strip-components=1', '-C', join(modules, name)], place);
  const { messages, pkg } = await publint({ pack: { tarball: readFileSync(tarball).buffer } });
  for (const message of messages) fail(`${name}: ${formatMessage(message, pkg)}`);
  const types = ['--no-emoji', '--exclude-entrypoints', 'styles.css', '--profile', 'node16'];
  try {
    run(join(workspace, 'node_modules/.bin/attw'), [tarball, ...types], place);
  } catch (error) {
    fail(`${name}: its types do not resolve everywhere\n${error.stdout}`);
  }
}

/** In Node, by both ways, and without touching anything of a page. */
function checkLoads() {
  const names = ['@trunkline/client', '@trunkline/client/console', '@trunkline/react'];
  for (const name of names) {
    const first = `(m) => { if (Object.keys(m).length === 0) throw new Error('nothing') }`;
    try {
      run('node', ['-e', `import('${name}').then(${first})`], place);
      run('node', ['-e', `(${first})(require('${name}'))`], place);
    } catch (error) {
      fail(`${name} does not load: ${error.stderr}`);
    }
  }
}

async function checkSize(what, code, most) {
  const entry = join(place, 'entry.js');
  writeFileSync(entry, code);
  const built = await build({
    configFile: false,
    root: place,
    logLevel: 'silent',
    build: { write: false, target: 'es2022', minify: true, lib: { entry, formats: ['es'] } },
  });
  const [{ output }] = built;
  const bytes = output
    .filter((part) => part.type === 'chunk')
    .reduce((sum, part) => sum + gzipSync(part.code, { level: 9 }).length, 0);
  console.log(`${String(bytes).padStart(8)}  of ${most} bytes gzipped: ${what}`);
  if (bytes > most) fail(`${what} is over its size budget`);
}

function run(command, args, cwd) {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function fail(message) {
  failures += 1;
  console.error(message);
}
