// Builds a package to publish, in its own folder: both module formats of each entry, and types for each that need no
// package that is not published.
//
// usage: node ../../scripts/build-package.mjs
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { build } from 'vite';

const root = process.cwd();
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const workspace = join(import.meta.dirname, '..');
/** Types that only the workspace has, taken along. */
const TAKEN_ALONG = '@trunkline/api-types';

rmSync('dist', { recursive: true, force: true });
await buildCode();
buildTypes();

/** The entries by name, as the workspace's own manifest names their sources. */
function entries() {
  const named = Object.entries(manifest.exports).filter(([, file]) => /\.tsx?$/.test(file));
  return Object.fromEntries(
    named.map(([path, file]) => [path === '.' ? 'index' : path.slice(2), join(root, file)]),
  );
}

async function buildCode() {
  const external = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      target: 'es2022',
      // Whoever uses it has a bundler of their own; names help them more.
      minify: false,
      lib: {
        entry: entries(),
      },
      rolldownOptions: {
        external: (id) => external.some((name) => id === name || id.startsWith(`${name}/`)),
        output: [
          { format: 'es', chunkFileNames: 'esm/[name].js', entryFileNames: 'esm/[name].js' },
          { format: 'cjs', chunkFileNames: 'cjs/[name].cjs', entryFileNames: 'cjs/[name].cjs' },
        ],
      },
    },
  });
}

function buildTypes() {
  const config = ts.getParsedCommandLineOfConfigFile(
    'tsconfig.json',
    { noEmit: false, declaration: true, emitDeclarationOnly: true, outDir: join(root, 'dist/all') },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (found) => fail([found]) },
  );
  const taken = TAKEN_ALONG.split('/')[1];
  const options = {
    ...config.options,
    rootDir: join(workspace, 'packages'),
    // Found in the workspace and not among what is installed, it is written out with the rest.
    paths: { [TAKEN_ALONG]: [join(workspace, `packages/${taken}/src/index.ts`)] },
  };
  const program = ts.createProgram(Object.values(entries()), options);
  const found = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics];
  if (found.length > 0) fail(found);
  // Emitted by package: this one's own, and those taken along.
  const own = relative(join(workspace, 'packages'), root);
  cpSync(`dist/all/${own}/src`, 'dist/esm', { recursive: true });
  if (manifest.devDependencies?.[TAKEN_ALONG] && existsSync(`dist/all/${taken}/src`))
    cpSync(`dist/all/${taken}/src`, `dist/esm/${taken}`, { recursive: true });
  rmSync('dist/all', { recursive: true });
  for (const file of declarations('dist/esm')) {
    const text = readFileSync(file, 'utf8');
    const toTaken = `./${relative(dirname(file), `dist/esm/${taken}/index`)}`.replace('./..', '..');
    const written = (ending) =>
      text
        .replaceAll(`'${TAKEN_ALONG}'`, `'${toTaken}.${ending}'`)
        .replace(/(['"])(\.[^'"]*)\.tsx?\1/g, `'$2.${ending}'`);
    const cjs = file.replace('dist/esm', 'dist/cjs').replace(/\.d\.ts$/, '.d.cts');
    mkdirSync(dirname(cjs), { recursive: true });
    writeFileSync(cjs, written('cjs'));
    writeFileSync(file, written('js'));
  }
}

function declarations(folder) {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, name))
    .filter((name) => name.endsWith('.d.ts'));
}

function fail(found) {
  console.error(
    ts.formatDiagnosticsWithColorAndContext(found, {
      getCanonicalFileName: (name) => name,
      getCurrentDirectory: () => root,
      getNewLine: () => '\n',
    }),
  );
  process.exit(1);
}
