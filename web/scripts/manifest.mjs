// What a published package says of itself differs from what the workspace needs: here its entries are the sources,
// so that nothing has to be built to work on it. `publish` puts the entries of `publishConfig` in their place while
// a package is packed, `restore` takes that back.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const KEPT = 'package.json.kept';
const FIELDS = ['main', 'types', 'exports'];

const [act] = process.argv.slice(2);
if (act === 'publish') publish();
else if (act === 'restore') restore();
else throw new Error('usage: manifest.mjs publish | restore');

function publish() {
  restore();
  const text = readFileSync('package.json', 'utf8');
  const manifest = JSON.parse(text);
  const { publishConfig } = manifest;
  for (const field of FIELDS) manifest[field] = publishConfig[field];
  manifest.publishConfig = { access: publishConfig.access };
  // Of the workspace, and of no use to who installs it.
  delete manifest.scripts;
  delete manifest.devDependencies;
  writeFileSync(KEPT, text);
  writeFileSync(
    'package.json',
    `${JSON.stringify(manifest, null, 2)}
`,
  );
}

/** Also after a pack that was cut off. */
function restore() {
  if (existsSync(KEPT)) renameSync(KEPT, 'package.json');
}
