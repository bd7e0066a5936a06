import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const LAST_OF_A_RESTORE = 62; // later numbers are recoveries to a moment and schedules

/** What `npm test` leaves to `npm run test:full`, as patterns of paths. */
function leftOut(): RegExp[] {
  const text = execFileSync(process.execPath, ['-p', "JSON.stringify(require('./jest.config.cjs').projects)"], {
    cwd: root,
    env: { ...process.env, KALPA_TEST_FULL: '' },
    encoding: 'utf8',
  });
  const projects = JSON.parse(text) as { displayName: string; testPathIgnorePatterns?: string[] }[];
  const { testPathIgnorePatterns = [] } = projects.find(({ displayName }) => displayName === 'faults') ?? {};
  return testPathIgnorePatterns.map((pattern) => new RegExp(pattern));
}

/** Numbers of faults in the names of a file's tests, and whether only `npm run test:full` runs them. */
function faultsIn(file: string): { number: number; full: boolean }[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/'(\d+(?:, \d+)*): /g)].flatMap(({ index, 1: numbers = '' }) => {
    const [call] = [...text.slice(0, index).matchAll(/\b(inFull|slowIt|it)\b[.(]/g)].reverse();
    return numbers.split(', ').map((number) => ({ number: Number(number), full: call?.[1] !== 'it' }));
  });
}

it('npm test runs every fault of a backup or a restore that any test has', () => {
  const files = ['test/faults', 'test/e2e'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => `/${folder}/${name}`),
  );
  const all = new Set<number>();
  const run = new Set<number>();
  const patterns = leftOut();
  for (const file of files) {
    const full = patterns.some((pattern) => pattern.test(file));
    for (const fault of faultsIn(file)) {
      all.add(fault.number);
      if (!full && !fault.full) run.add(fault.number);
    }
  }
  expect(all.size).toBeGreaterThan(50);
  expect([...all].filter((number) => number <= LAST_OF_A_RESTORE && !run.has(number))).toEqual([]);
});
