import { play } from '../torture/play';

const FILE = 'test/e2e/torture.test.ts';

// `npm run torture` plays other seeds, for as long as one likes, with more databases and the stack's processes killed.
it('whatever fails while they are made, backups and dumps restore to exactly what they recorded', async () => {
  const { ended, endings, struck } = await play({
    seed: 47386,
    rounds: 1,
    replay: () => `npm run build && npx jest --selectProjects e2e --runInBand ${FILE}`,
    apart: ['control-worker', 'node-worker-1'],
    ofTheStack: [],
    stories: 1,
    recoverable: 0,
    maxConcurrency: 2,
    checksAllEvery: 1,
    proves: 'under fire',
    maxPauseMs: 4_000,
  });
  expect(ended).toBe(true);
  // Under so many faults each of them may end as a failure of the contract, and nothing is left of it then.
  expect(Object.keys(endings).sort()).toEqual([expect.stringMatching(/^back up: /), expect.stringMatching(/^dump: /)]);
  expect(struck).toMatchObject({ storm: 1, 'kill control-worker': 1, 'kill node-worker': 1 });
}, 600_000);
