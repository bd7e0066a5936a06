import { play } from '../torture/play';

const SEED = Number(process.env['SEED'] ?? 1);
const FILE = 'test/faults/torture.test.ts';

it('one seed of the torture, on the common stack: whatever fails, what is kept restores to exactly what it recorded', async () => {
  const survived = await play({
    seed: SEED,
    rounds: Number(process.env['ROUNDS'] ?? 1),
    replay: () => `npm run build && npx jest --selectProjects faults --runInBand ${FILE}`,
    apart: (process.env['APART'] ?? 'control-worker,janitor,node-worker-1,emulator').split(','),
    ofTheStack: [],
    stories: 2,
    recoverable: 0,
    atOnce: 2,
    proves: 'under fire',
    checksAllEvery: 1,
    longestPauseMs: Number(process.env['PAUSE'] ?? 1_000),
  });
  console.log(JSON.stringify(survived));
}, 600_000);
