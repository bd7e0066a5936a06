// `npm run torture -- --rounds 200 --seed 7`: backs up and restores while random processes are killed at random
// moments, and looks after each round that the outcome is right and nothing is left behind. The seed repeats the
// choices.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({ options: { rounds: { type: 'string' }, seed: { type: 'string' } } });
const rounds = Number(values.rounds ?? 200);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
if (!Number.isInteger(rounds) || rounds < 1 || !Number.isInteger(seed)) {
  console.error('torture: --rounds and --seed are whole numbers, for example --rounds 200 --seed 7.');
  process.exit(2);
}
console.log(`torture: ${rounds} rounds, seed ${seed}`);
const { status } = spawnSync(
  join(root, 'node_modules', '.bin', 'jest'),
  ['--selectProjects', 'torture', '--runInBand', '--verbose'],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, KALPA_TORTURE_ROUNDS: String(rounds), KALPA_TORTURE_SEED: String(seed) },
  },
);
process.exit(status ?? 1);
