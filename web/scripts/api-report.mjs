// Writes down what a package gives to the outside: each exported name with its type, by entry. Checked in as
// `<package>.api.md`, so that a change of it is seen where it is made.
//
// usage: node scripts/api-report.mjs [--write]
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const PACKAGES = { client: ['index', 'callback'], react: ['index'] };
const packages = join(import.meta.dirname, '../packages');
const isWriting = process.argv.includes('--write');
let isStale = false;

for (const [name, entries] of Object.entries(PACKAGES)) {
  const file = join(packages, name, `${name}.api.md`);
  const report = reportOf(name, entries);
  if (isWriting) writeFileSync(file, report);
  else if (report !== readOr(file)) {
    isStale = true;
    console.error(
      `${file} is not what the package gives: npm run api-report, and look at what changed`,
    );
  }
}
process.exit(isStale ? 1 : 0);

function reportOf(name, entries) {
  const folder = join(packages, name, 'dist/esm');
  const files = entries.map((entry) => join(folder, `${entry}.d.ts`));
  const program = ts.createProgram(files, {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    jsx: ts.JsxEmit.ReactJSX,
    target: ts.ScriptTarget.ES2023,
    skipLibCheck: true,
    noEmit: true,
  });
  const checker = program.getTypeChecker();
  const parts = entries.map((entry, index) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(files[index]));
    const own = checker
      .getExportsOfModule(module)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((symbol) => declarationOf(checker, symbol))
      .filter((text) => text !== null);
    const title = entry === 'index' ? `@trunkline/${name}` : `@trunkline/${name}/${entry}`;
    return `## ${title}\n\n\`\`\`ts\n${own.join('\n\n')}\n\`\`\`\n`;
  });
  return `<!-- Written by \`npm run api-report\`. -->\n\n# What @trunkline/${name} gives\n\n${parts.join('\n')}`;
}

/** The text of a name's declaration; none for the shapes of the server, which have a description of their own. */
function declarationOf(checker, exported) {
  const symbol =
    exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  const declarations = symbol.declarations ?? [];
  const isShape = declarations.some((one) => one.getSourceFile().fileName.includes('/api-types/'));
  if (isShape) return null;
  return declarations
    .map((one) => (ts.isVariableDeclaration(one) ? one.parent.parent : one).getText())
    .join('\n');
}

function readOr(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
