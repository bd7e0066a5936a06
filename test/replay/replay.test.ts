import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';

/**
 * Replays recorded histories with the workflows as they are now. A failure means: a run that is in flight while this
 * version is deployed would be stuck. Make the change with `patched`, or keep the old order of commands; record anew
 * (`npm run histories`) only from a released commit, and only to add what a release does.
 */
const HISTORIES = join(__dirname, 'histories');
const bundle = { codePath: join(__dirname, '../../dist/workflow-bundle.js') };
const TYPES = [
  'backUpDatabase',
  'restoreDatabase',
  'dumpDatabase',
  'dumpCluster',
  'loadDump',
  'createSnapshot',
  'expireSnapshot',
  'restoreSnapshot',
  'deleteSnapshot',
  'enablePointInTimeRecovery',
  'disablePointInTimeRecovery',
  'recoverToPointInTime',
  'inspectCluster',
  'guardian',
  'copyFromNode',
  'placeOnNode',
];

interface RecordedHistory {
  events: { workflowExecutionStartedEventAttributes?: { workflowId?: string } }[];
}

/** Ids of children extend the run's own. */
const workflowIdOf = (history: RecordedHistory): string =>
  history.events[0]?.workflowExecutionStartedEventAttributes?.workflowId ?? '';

const recorded = TYPES.flatMap((type) => readdirSync(join(HISTORIES, type)).map((file) => [type, file] as const));
const read = (type: string, file: string): RecordedHistory =>
  JSON.parse(readFileSync(join(HISTORIES, type, file), 'utf8')) as RecordedHistory;

beforeAll(() => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
});

it.each(TYPES)('there are recorded histories of %s', (type) => {
  expect(readdirSync(join(HISTORIES, type)).length).toBeGreaterThan(0);
});

it.each(recorded)('%s/%s replays', async (type, file) => {
  await expect(
    Worker.runReplayHistory(
      { workflowBundle: bundle },
      historyFromJSON(read(type, file)),
      workflowIdOf(read(type, file)),
    ),
  ).resolves.toBeUndefined();
});

it('a history that the workflow would not make fails to replay', async () => {
  const text = readFileSync(join(HISTORIES, 'backUpDatabase', 'complete.json'), 'utf8').replace(
    '"name":"preflightBackup"',
    '"name":"somethingElse"',
  );
  expect(text).toContain('somethingElse');
  await expect(
    Worker.runReplayHistory({ workflowBundle: bundle }, historyFromJSON(JSON.parse(text)), 'record/backUpDatabase/1'),
  ).rejects.toBeInstanceOf(DeterminismViolationError);
});

it('no history names the machine it was recorded on', () => {
  for (const [type, file] of recorded) {
    const text = readFileSync(join(HISTORIES, type, file), 'utf8');
    const payloads = [...text.matchAll(/"data":"([^"]*)"/g)].map(([, data]) =>
      Buffer.from(data ?? '', 'base64').toString('utf8'),
    );
    expect([text, ...payloads].filter((one) => /\/tmp\/|\/home\/[a-z]|\/root\//.test(one))).toEqual([]);
  }
});
