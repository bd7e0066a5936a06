// Writes docs/reference/*.md and docs/releases.md from the built contract, configuration, command line, table of
// releases, and the names of the fault tests.
//   node scripts/reference.mjs            writes the pages
//   node scripts/reference.mjs --check    changes nothing, fails when a page is not what it would write
//   --dist <folder>                       another build than dist/
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, getFileInfo, resolveConfig } from 'prettier';
import { commandLinePage } from './reference/command-line-page.mjs';
import { configurationPage } from './reference/configuration-page.mjs';
import { faultsPage } from './reference/faults-page.mjs';
import { releasesPage } from './reference/releases-page.mjs';
import { workflowsPage } from './reference/workflows-page.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const dist = resolve(root, argument('--dist') ?? 'dist');
const check = process.argv.includes('--check');
const folder = join(root, 'docs', 'reference');

function argument(name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

if (!existsSync(join(dist, 'src', 'contract', 'index.js'))) {
  console.error(`The reference is made from the build, and ${dist} has none: run \`npm run build\`, then this again.`);
  process.exit(1);
}
const load = createRequire(join(dist, 'reference.js'));
const contract = load('./src/contract');
const pages = {
  'workflows.md': await formatted('workflows.md', workflowsPage(contract)),
  'configuration.md': await formatted('configuration.md', configurationPage(load('./src/config').kalpaConfigSchema)),
  'command-line.md': await formatted('command-line.md', commandLinePage(load('./src/cli/program'), contract.failures)),
  'faults.md': await formatted('faults.md', faultsPage(root)),
  '../releases.md': await formatted('../releases.md', releasesPage(load('./src/yugabyte/releases'))),
};

/** As `npm run format` would leave it, so that the two checks never disagree. */
async function formatted(name, text) {
  const file = join(folder, name);
  const { ignored } = await getFileInfo(file, { ignorePath: join(root, '.prettierignore') });
  return ignored ? text : await format(text, { ...(await resolveConfig(file)), filepath: file });
}

const changed = Object.entries(pages).filter(([name, text]) => {
  const file = join(folder, name);
  return !existsSync(file) || readFileSync(file, 'utf8') !== text;
});
if (check && changed.length > 0) {
  console.error(
    `docs/reference is not what the code says: ${changed.map(([name]) => name).join(', ')}. Run \`npm run docs:reference\` and commit the result.`,
  );
  process.exit(1);
}
mkdirSync(folder, { recursive: true });
for (const [name, text] of check ? [] : changed) writeFileSync(join(folder, name), text);
console.log(
  check
    ? `docs/reference: ${Object.keys(pages).length} pages are what the code says`
    : `docs/reference: ${changed.length} of ${Object.keys(pages).length} pages written`,
);
