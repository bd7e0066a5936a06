// `npm run torture -- --seed 7 --minutes 60`: random backups, restores, rewinds, dumps, retention and verification
// while processes are killed, the store fails, replies get lost and the schema changes, and after each round a look
// whether everything is right (test/torture). `--rounds 20` instead ends after so many. The seed repeats the choices,
// not the moments. What was survived stands in the report, anew after each round.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const options = {
  rounds: { type: 'string' },
  minutes: { type: 'string' },
  seed: { type: 'string' },
  report: { type: 'string' },
};
const { values } = parseArgs({ options });
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const limits = [values.rounds, values.minutes].filter((limit) => limit !== undefined).map(Number);
if (![...limits, seed].every((number) => Number.isInteger(number) && number >= 1)) {
  console.error('torture: --seed, --rounds and --minutes are whole numbers from 1, for example --seed 7 --minutes 60.');
  process.exit(2);
}
const rounds = values.rounds ?? (values.minutes === undefined ? '20' : String(Number.MAX_SAFE_INTEGER));
const report = values.report ?? join(root, '.kalpa-test', 'torture', `${seed}.json`);
const lasts = values.minutes === undefined ? `${rounds} rounds` : `${values.minutes} minutes`;
console.log(`torture: seed ${seed}, ${lasts}; ${report}`);
rmSync(report, { force: true });
const { status } = spawnSync(
  join(root, 'node_modules', '.bin', 'jest'),
  ['--selectProjects', 'torture', '--runInBand', '--verbose'],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      KALPA_TEST_PATIENCE: '10',
      KALPA_TORTURE_SEED: String(seed),
      KALPA_TORTURE_ROUNDS: rounds,
      KALPA_TORTURE_REPORT: report,
      ...(values.minutes === undefined ? {} : { KALPA_TORTURE_MINUTES: values.minutes }),
    },
  },
);
try {
  console.log(`torture: ${readFileSync(report, 'utf8').trim()}`);
} catch {
  console.log('torture: no round has ended well.');
}
process.exit(status ?? 1);
