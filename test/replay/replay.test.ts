import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';

/**
 * Replays recorded histories with the workflows as they are now. A failure means: a run that is in flight while this
 * version is deployed would be stuck. Until the first release, record anew (`npm run histories`); after it, keep the
 * order of commands or make the change with `patched`.
 */

const HISTORIES = join(__dirname, 'histories');
const bundle = { codePath: join(__dirname, '../../dist/workflow-bundle.js') };
const TYPES = readdirSync(HISTORIES).sort();

interface RecordedHistory {
  events: { workflowExecutionStartedEventAttributes?: { workflowId?: string; originalExecutionRunId?: string } }[];
}

/** Ids of children extend the run's own. */
const workflowIdOf = (history: RecordedHistory): string =>
  history.events[0]?.workflowExecutionStartedEventAttributes?.workflowId ?? '';

const runIdOf = (history: RecordedHistory): string =>
  history.events[0]?.workflowExecutionStartedEventAttributes?.originalExecutionRunId ?? '';

const recorded = TYPES.flatMap((type) => readdirSync(join(HISTORIES, type)).map((file) => [type, file] as const));
const read = (type: string, file: string): RecordedHistory =>
  JSON.parse(readFileSync(join(HISTORIES, type, file), 'utf8')) as RecordedHistory;

/** How each replay ended, by type and file: undefined where it went well. One worker replays all. */
const ended = new Map<string, Error | undefined>();

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const byRunId = new Map(recorded.map(([type, file]) => [runIdOf(read(type, file)), `${type}/${file}`]));
  expect(byRunId.size).toBe(recorded.length);
  const histories = recorded.map(([type, file]) => ({
    workflowId: workflowIdOf(read(type, file)),
    history: historyFromJSON(read(type, file)),
  }));
  for await (const { runId, error } of Worker.runReplayHistories({ workflowBundle: bundle }, histories))
    ended.set(byRunId.get(runId) ?? '', error);
});

it('there are recorded histories of every workflow', () => {
  const files = readdirSync(join(__dirname, '../../src/workflows'), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'index.ts')
    .map(({ name }) => name.replace(/\.ts$/, '').replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()));
  expect(TYPES).toEqual(files.sort());
  for (const type of TYPES) expect(readdirSync(join(HISTORIES, type)).length).toBeGreaterThan(0);
});

it.each(recorded)('%s/%s replays', (type, file) => {
  expect([...ended.keys()]).toContain(`${type}/${file}`);
  expect(ended.get(`${type}/${file}`)).toBeUndefined();
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
