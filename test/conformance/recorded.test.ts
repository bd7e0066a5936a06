import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findingsOf } from '../../src/conformance/transcript/findings';
import { readRecorded } from '../../src/conformance/transcript/read-recorded';
import type { Step } from '../../src/conformance/steps';
import { requestRecording } from '../../src/conformance/transcript/request';
import { recordCalls } from '../../src/worker/record-calls';
import { capabilitiesOf } from '../../src/yugabyte/releases';
import { notifyCall, hasCallListeners, type ToolCall } from '../../src/yugabyte/process/calls';

const call = (more: Partial<ToolCall>): ToolCall => ({
  kind: 'tool',
  at: new Date(1_000),
  milliseconds: 3,
  tool: 'yb-admin',
  args: ['--timeout_ms=1', 'list_snapshots'],
  exitCode: 0,
  stdout: 'No snapshots\n',
  stderr: '',
  ...more,
});
const said: string[] = [];
const say = (text: string): void => void said.push(text);
const log = { debug: say, info: say, warn: say, error: say };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recorded-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('nothing is recorded unless a worker is told to', () => {
  recordCalls({}, log);
  expect(hasCallListeners()).toBe(false);
});

it('what a worker records is for its owner alone, without definitions and rows of others, and is joined by its time', () => {
  const file = join(folder, 'node-1.ndjson');
  recordCalls({ KALPA_TRANSCRIPT: file }, log);
  expect(readRecorded([file], { since: new Date(0), steps: [] })).toEqual([]); // it is there before the first call
  notifyCall(call({ at: new Date(500) })); // before the command was started
  notifyCall(call({ at: new Date(1_500) }));
  notifyCall(
    call({ at: new Date(2_500), tool: 'ycqlsh', args: [], script: 'SELECT * FROM pay.roll', stdout: 'Bob | 7' }),
  );
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).not.toMatch(/Bob|pay\.roll/);
  writeFileSync(file, `${readFileSync(file, 'utf8')}{"kind":"tool","at":"19`);
  const step = (name: string, startedAt: number): Step => ({
    chapter: 'backup',
    step: name,
    end: 'ok',
    said: '',
    startedAt: new Date(startedAt),
    seconds: 1,
  });
  const joined = readRecorded([file], { since: new Date(1_000), steps: [step('first', 1_000), step('second', 2_000)] });
  expect(joined.map((one) => [one.step, (one.call as ToolCall).tool])).toEqual([
    ['backup: first', 'yb-admin'],
    ['backup: second', 'ycqlsh'],
  ]);
});

it('on request, a worker records while the command asks for its file, and no longer when that was killed', () => {
  const file = join(folder, 'control.ndjson');
  recordCalls({ KALPA_TRANSCRIPT: file, KALPA_TRANSCRIPT_ON_REQUEST: 'true' }, log);
  notifyCall(call({ at: new Date(1) }));
  const takeBack = requestRecording([file, join(folder, 'nowhere', 'node.ndjson')]);
  notifyCall(call({ at: new Date(2) }));
  const longAgo = new Date(Date.now() - 600_000);
  utimesSync(`${file}.wanted`, longAgo, longAgo);
  notifyCall(call({ at: new Date(3) }));
  takeBack();
  notifyCall(call({ at: new Date(4) }));
  const recorded = readRecorded([file], { since: new Date(0), steps: [] });
  expect(recorded.map((one) => one.call.at)).toEqual([new Date(2)]);
  expect(readdirSync(folder)).toEqual(['control.ndjson']);
});

it('reports each unknown output, refused argument and unread field once, with its line', () => {
  const listed = JSON.stringify({ snapshots: [{ id: 'a', state: 'COMPLETE', snapshot_time: 'x', owner: 'y' }] });
  const calls = [
    call({}),
    call({ stdout: 'Nothing that is known\n' }),
    call({ exitCode: 1, stderr: 'Invalid operation: list_snapshots\n', stdout: '' }),
    call({ stdout: listed }),
    call({ stdout: listed }),
  ].map((one) => ({ call: one, step: '' }));
  const found = findingsOf(calls, capabilitiesOf('2025.1.1.0'));
  expect(found.unknownOutputs).toEqual([{ what: expect.stringContaining('table of snapshots') as string, line: 3 }]);
  expect(found.refusedArguments).toEqual([{ what: 'yb-admin list_snapshots: Invalid operation', line: 4 }]);
  expect(found.unreadFields).toEqual([{ what: 'list_snapshots: snapshots[].owner', line: 5 }]);
});
