// `npm run torture:model -- --seeds 100000 --from 1`: plays the model of the repository (test/model) with so many
// seeds, continues when one fails, and says at the end which did and how to see each again. What it has found until
// then stands in the report, anew after every 100 seeds.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: { seeds: { type: 'string' }, from: { type: 'string' }, report: { type: 'string' } },
});
const [seeds, from] = [Number(values.seeds ?? 10_000), Number(values.from ?? 1)];
if (!Number.isInteger(seeds) || seeds < 1 || !Number.isInteger(from) || from < 1) {
  console.error('torture:model: --seeds and --from are whole numbers from 1, for example --seeds 10000 --from 1.');
  process.exit(2);
}
const report = values.report ?? join(root, '.kalpa-test', 'model', `${from}-${from + seeds - 1}.json`);
mkdirSync(dirname(report), { recursive: true });
console.log(`torture:model: seeds ${from} to ${from + seeds - 1}; ${report}`);
const { status } = spawnSync(
  process.execPath,
  ['--max-semi-space-size=64', join(root, 'test', 'model', 'load.cjs'), 'many-seeds'],
  { cwd: root, stdio: 'inherit', env: { ...process.env, KALPA_MODEL: JSON.stringify({ seeds, from, report }) } },
);
const { failures, failed, processorSeconds, turns, ends } = JSON.parse(readFileSync(report, 'utf8'));
for (const failure of failures) console.log(`\n${failure}`);
console.log(`\ntorture:model: ${JSON.stringify({ seeds, failed, processorSeconds, turns, ends })}`);
process.exit(status ?? 1);
