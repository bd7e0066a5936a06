import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ActivityOptions } from '@temporalio/common';
import ts from 'typescript';
import { makeControlActivities } from '../../src/activities/control';
import type { ControlDependencies } from '../../src/activities/control/dependencies';
import { makeJanitorActivities } from '../../src/activities/janitor';
import type { JanitorDependencies } from '../../src/activities/janitor/dependencies';
import { makeNodeActivities } from '../../src/activities/node';
import type { NodeDependencies } from '../../src/activities/node/dependencies';
import { checkedDurationMs, timingInMs, timingSchema, type Timing } from '../../src/contract';
import { undoTimeoutMs, type Undo } from '../../src/contract/internal';
import * as policies from '../../src/workflows/run/policies';
import { PAUSES_PER_LEASE, RENEWALS_PER_LEASE } from '../../src/workflows/run/read-lease';
import type { Activities } from '../support/workflows/standard-activities';

jest.mock('@temporalio/workflow', () => ({
  proxyActivities: (options: object) => options,
  proxyLocalActivities: (options: object) => options,
}));

const timing = timingInMs(timingSchema.parse({}));
const settings = { cluster: 'demo', timing, searchAttributes: [] };

/** Answers within one command of a tool, whatever that command is; its time-out is `commandTimeout`. */
const command = (t: Timing): number => t.commandTimeout;
/** A command, and the look after its reply was lost. */
const lostReply = (t: Timing): number => t.commandTimeout + t.rpcTimeout;
/** As long as the tool or script takes, which grows with the database. */
const long = (t: Timing): number => t.copyTimeout;
/** Splits of tablets that run; the lease of the pause ends by itself. */
const SPLITTING_MS = 120_000;
/** What preflight waits for at most. */
const PREFLIGHT_MS = 30_000;
/** As long as what it waits for lasts: the worker's heartbeats tell whether it lives. */
const forEver = (): number => 0;

/** How long one attempt of an activity may last by itself, before it gives up and says why. */
const lasts: Record<keyof Activities, (timing: Timing) => number> = {
  carrySequences: command,
  changeHold: command,
  planRetention: long,
  planVerification: (t) => t.phaseDeadline,
  planRepair: (t) => t.phaseDeadline,
  recordRepairs: (t) => t.phaseDeadline,
  repairFiles: (t) => t.phaseDeadline,
  planScrub: (t) => t.phaseDeadline,
  recordScrub: (t) => t.phaseDeadline,
  checkObjects: (t) => t.phaseDeadline,
  recordVerification: (t) => t.phaseDeadline,
  deletePlanned: (t) => t.phaseDeadline,
  deleteNamed: command,
  undeleteNamed: command,
  sweepRepository: (t) => t.phaseDeadline,
  commitDump: command,
  commitManifest: command,
  chooseRehearsal: () => PREFLIGHT_MS - 1,
  compareClocks: () => PREFLIGHT_MS,
  confirmKeyspace: command,
  copyTablets: (t) => t.phaseDeadline,
  createKeyspace: long,
  createSnapshot: (t) => Math.max(lostReply(t), SPLITTING_MS + t.rpcTimeout),
  createSnapshotSchedule: lostReply,
  deleteSnapshot: command,
  deleteSnapshotSchedule: command,
  describeNode: () => PREFLIGHT_MS,
  describeRelease: command,
  describeSnapshot: command,
  dumpKeyspace: command,
  dumpSchema: long,
  dumpTable: long,
  dumpText: long,
  editSnapshotSchedule: command,
  endSessions: command,
  exportSnapshot: command,
  findBackup: () => PREFLIGHT_MS - 1,
  findDump: () => PREFLIGHT_MS - 1,
  findGuardian: () => 0,
  findSnapshot: () => PREFLIGHT_MS - 1,
  fingerprintTables: (t) => t.fingerprintDeadline,
  importSnapshot: long,
  inspect: command,
  listNodes: () => PREFLIGHT_MS - 1,
  listReplicas: () => PREFLIGHT_MS,
  listSnapshotIds: command,
  loadSchema: long,
  loadTable: long,
  loadText: long,
  readContent: long,
  lookAfterRecovery: command,
  lookAtOtherSchemas: () => PREFLIGHT_MS - 1,
  lookBeforeRestore: command,
  lookForSnapshot: command,
  lookBeforeSnapshot: command,
  nameDatabase: command,
  nameScratch: () => 0,
  openBackup: command,
  openDump: command,
  otherSchemasSince: () => PREFLIGHT_MS - 1,
  placeTablets: (t) => t.phaseDeadline,
  passLimits: () => 0,
  planCopies: command,
  planPlacement: command,
  preflightBackup: () => PREFLIGHT_MS,
  preflightCopy: () => PREFLIGHT_MS,
  preflightDeleteSnapshot: () => 0,
  preflightDump: () => PREFLIGHT_MS,
  preflightLoad: () => PREFLIGHT_MS,
  preflightLoadKeyspace: () => PREFLIGHT_MS,
  preflightRecovery: () => PREFLIGHT_MS,
  preflightRestore: () => PREFLIGHT_MS,
  preflightRestoreSnapshot: () => PREFLIGHT_MS,
  preflightSchedule: () => PREFLIGHT_MS,
  preflightSnapshot: () => PREFLIGHT_MS - 1,
  preflightUnfound: () => PREFLIGHT_MS,
  readCopies: () => 0,
  readLoadBalancer: command,
  readSettings: () => 0,
  recordBrokenOff: command,
  recordOperation: command,
  recordPointInTime: command,
  recordRehearsal: command,
  renewLease: command,
  recordSnapshot: command,
  restoreSequences: command,
  restoreSnapshot: lostReply,
  // Looks for the restoration of the attempt before, runs the command, looks again.
  rewindDatabase: (t) => 2 * (t.rewindTimeout + t.rpcTimeout) + t.rewindTimeout,
  setLoadBalancer: command,
  setRunLimits: () => 0,
  startClone: lostReply,
  surveyNodes: () => PREFLIGHT_MS,
  undo: command, // of each kind: below
  verifyLoaded: long,
  verifyLoadedTable: long,
  verifyPlaced: (t) => t.commandTimeout / 2,
  verifyRestored: long,
  waitForClone: (t) => t.restoreDeadline,
  waitForFirstSnapshot: (t) => t.snapshotDeadline,
  waitForGuardianEnd: forEver,
  waitForRestoration: (t) => t.restoreDeadline,
  waitForSnapshot: (t) => t.snapshotDeadline,
  waitUntilDeleted: (t) => t.snapshotDeadline,
  waitUntilFree: forEver,
  watchOwner: forEver,
};

const activitiesFolder = join(__dirname, '../../src/activities');

/** The deadlines and time-outs that the file of an activity names: what it may wait for by itself, as its code says. */
const named: ReadonlyMap<string, readonly (keyof Timing)[]> = new Map(
  readdirSync(activitiesFolder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => {
      const text = readFileSync(join(activitiesFolder, name), 'utf8');
      // From one activity of a file to the next.
      const parts = text.split(/^(?=export function make[A-Z]\w*\()/m).slice(1);
      return parts.map((part) => {
        const [, made = ''] = /^export function make([A-Z]\w*)/.exec(part) ?? [];
        const keys = [...part.matchAll(/\btiming\.(\w+(?:Timeout|Deadline))\b/g)].map(([, key]) => key as keyof Timing);
        return [`${made.charAt(0).toLowerCase()}${made.slice(1)}`, [...new Set(keys)]] as const;
      });
    }),
);

/** Named for something else than to wait for so long. */
const NOT_WAITED_FOR: Partial<Record<keyof Activities, readonly (keyof Timing)[]>> = {
  verifyPlaced: ['commandTimeout'], // half of it
};

interface Call {
  activity: string;
  policy: string;
  /** The arguments' text. */
  given: string[];
  at: string;
}

const folder = join(__dirname, '../../src/workflows');

/** Every call `policy(…).activity(…)` of the workflows. */
function calls(): Call[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => {
      const source = ts.createSourceFile(name, readFileSync(join(folder, name), 'utf8'), ts.ScriptTarget.ES2022, true);
      const found: Call[] = [];
      const named = new Map<string, ts.CallExpression>();
      const policyOf = (made: ts.Node): ts.CallExpression | undefined =>
        ts.isCallExpression(made) && ts.isIdentifier(made.expression) && made.expression.text in policies
          ? made
          : ts.isIdentifier(made)
            ? named.get(made.text)
            : undefined;
      const visit = (node: ts.Node): void => {
        if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer) {
          const made = policyOf(node.initializer);
          if (made) named.set(node.name.text, made);
        }
        if (ts.isPropertyAccessExpression(node) && ts.isCallExpression(node.parent)) {
          const made = policyOf(node.expression);
          if (made)
            found.push({
              activity: node.name.text,
              policy: made.expression.getText(),
              given: made.arguments.map((argument) => argument.getText()),
              at: name,
            });
        }
        ts.forEachChild(node, visit);
      };
      visit(source);
      return found;
    });
}

/** Policy, seconds of an attempt, of all attempts, between signs of life, attempts, queue. */
const TABLE = [
  'bestEffort | - | 30 | 20 | 2 | kalpa/demo',
  'counting | 600 | 1200 | 20 | - | kalpa/demo/steps',
  'longStep | 43500 | - | 20 | 35 | kalpa/demo/steps',
  'onJanitor | 43200 | - | 20 | 5 | kalpa/demo/janitor',
  'onNode | 43200 | - | 20 | - | kalpa/demo/n1:9100',
  'shortStep | 380 | 900 | 20 | - | kalpa/demo',
  'shortStepOnNode | 300 | - | 20 | 5 | kalpa/demo/n1:9100/control',
  'sideQuestion | - | 30 | 20 | 3 | kalpa/demo',
  'streaming | 43500 | - | 20 | 10 | kalpa/demo/streams',
  'undoing | 380 | 900 | 20 | - | kalpa/demo',
  'wait | 2592000 | - | 20 | - | kalpa/demo/waits',
  "wait 'restoreDeadline' | 86780 | 87300 | 20 | - | kalpa/demo/waits",
  "wait 'snapshotDeadline' | 3980 | 4500 | 20 | - | kalpa/demo/waits",
];

const node = { uuid: 'u', address: 'n1:9100' };
const literal = (text: string | undefined) => text?.replace(/^'(.*)'$/, '$1') as never;

/** The options that a policy gives an activity, with production timing. */
const optionsOf: Record<string, (given: string[]) => ActivityOptions> = {
  shortStep: () => policies.shortStep(settings) as ActivityOptions,
  counting: () => policies.counting(settings, '') as ActivityOptions,
  bestEffort: () => policies.bestEffort(settings, '') as ActivityOptions,
  sideQuestion: () => policies.sideQuestion(settings) as ActivityOptions,
  longStep: () => policies.longStep(settings) as ActivityOptions,
  streaming: () => policies.streaming(settings, '') as ActivityOptions,
  wait: (given) =>
    policies.wait(settings, '', given[2] === undefined ? undefined : literal(given[2])) as ActivityOptions,
  undoing: () => policies.undoing(settings, { kind: 'loadBalancer' }) as ActivityOptions,
  onJanitor: () => policies.onJanitor(settings, '') as ActivityOptions,
  onNode: () => policies.onNode(settings, node, '', { priorityKey: 1, bytes: 0 }) as ActivityOptions,
  shortStepOnNode: () => policies.shortStepOnNode(settings, node) as ActivityOptions,
};

const ms = (duration: ActivityOptions['startToCloseTimeout']): number =>
  duration === undefined ? Infinity : typeof duration === 'number' ? duration : checkedDurationMs(duration);

describe('22.13: time-outs of production', () => {
  const found = calls();
  const table = found.map(
    ({ activity, policy, given, at }) => [`${activity} under ${policy}`, { activity, policy, given, at }] as const,
  );
  const known = new Map(table);

  it('every activity runs under a policy that is known, and says how long it lasts', () => {
    expect(found.length).toBeGreaterThan(80);
    const called = new Set(found.map(({ activity }) => activity));
    const made = [
      ...Object.keys(makeControlActivities({ timing } as ControlDependencies)),
      ...Object.keys(makeNodeActivities({ timing } as NodeDependencies)),
      ...Object.keys(makeJanitorActivities({ timing } as JanitorDependencies)),
    ];
    expect([...called, 'readSettings'].sort()).toEqual([...new Set(made)].sort());
    expect(Object.keys(lasts).sort()).toEqual([...new Set(made)].sort());
    expect(found.filter(({ policy }) => !(policy in optionsOf))).toEqual([]);
  });

  it.each([...known])('%s ends before its time-out', (_name, { activity, policy, given }) => {
    const options = optionsOf[policy]?.(given) ?? {};
    if (policy === 'sideQuestion') {
      // Given up on purpose: a run continues without what could not be asked or written by then.
      expect(ms(options.scheduleToCloseTimeout)).toBe(timing.preflightDeadline);
      return;
    }
    const own = lasts[activity as keyof Activities](timing);
    expect(ms(options.startToCloseTimeout)).toBeGreaterThan(own);
    expect(ms(options.scheduleToCloseTimeout)).toBeGreaterThan(own);
    expect(options.heartbeatTimeout).toBe(timing.heartbeatTimeout);
  });

  it.each([...named].filter(([activity, keys]) => activity in lasts && keys.length > 0))(
    'what %s names of the timings is not longer than it is said to last',
    (activity, keys) => {
      const name = activity as keyof Activities;
      const own = lasts[name](timing);
      if (own === forEver()) return; // no deadline of its own: its attempts have the policy's
      if (lasts[name] === long) expect(keys).toContain('copyTimeout'); // and not the time-out of short commands
      const longer = keys.filter((key) => timing[key] > own && !NOT_WAITED_FOR[name]?.includes(key));
      expect(longer).toEqual([]);
    },
  );

  it('finds the activities and what they name', () => {
    // Those of preflight have its deadline, whatever they name.
    const missed = Object.keys(lasts).filter((activity) => !named.has(activity));
    expect(
      missed.filter(
        (activity) => ![PREFLIGHT_MS, PREFLIGHT_MS - 1, 0].includes(lasts[activity as keyof Activities](timing)),
      ),
    ).toEqual([]);
    expect(named.get('waitForSnapshot')).toContain('snapshotDeadline');
    expect([...named.values()].filter((keys) => keys.length > 0).length).toBeGreaterThan(15);
  });

  it('are these: a policy that is changed changes the table', () => {
    const rows = [
      ...new Set(found.map(({ policy, given }) => (policy === 'wait' ? `wait ${given[2] ?? ''}`.trim() : policy))),
    ]
      .sort()
      .map((one) => {
        const [policy = '', atMost] = one.split(' ');
        const options = optionsOf[policy]?.(atMost === undefined ? [] : ['', '', atMost]) ?? {};
        const seconds = (duration: ActivityOptions['startToCloseTimeout']): string =>
          ms(duration) === Infinity ? '-' : String(ms(duration) / 1000);
        const { taskQueue = 'kalpa/demo', retry } = options;
        return [
          one,
          seconds(options.startToCloseTimeout),
          seconds(options.scheduleToCloseTimeout),
          seconds(options.heartbeatTimeout),
          retry?.maximumAttempts ?? '-',
          taskQueue,
        ].join(' | ');
      });
    expect(rows).toEqual(TABLE);
  });

  it('27: a lease outlives the longest time between two renewals', () => {
    const { leaseTime } = timing;
    const oneTry = ms((policies.shortStep(settings) as ActivityOptions).scheduleToCloseTimeout);
    // Attempts that hang until their deadline, before one is answered.
    expect(leaseTime / RENEWALS_PER_LEASE + 3 * (oneTry + leaseTime / PAUSES_PER_LEASE)).toBeLessThan(leaseTime);
    // Workers that are away for a day when it should be renewed.
    expect(leaseTime / RENEWALS_PER_LEASE + 24 * 3_600_000 + oneTry).toBeLessThan(leaseTime);
    // Preflight and plans take the lease at first, and their attempt may go on; then it is renewed at once.
    const first = found.filter(({ activity }) => /^(preflightRestore|preflightLoad|planVerification)/.test(activity));
    expect(first.length).toBeGreaterThan(3);
    for (const { policy, given } of first)
      expect(ms(optionsOf[policy]?.(given).startToCloseTimeout) + oneTry).toBeLessThan(leaseTime);
    // Not longer than a deleted backup can be taken back: what a lease of a dead run holds up is held up no longer.
    expect(leaseTime).toBeLessThan(timing.deletionGrace);
  });

  const waiting: Undo[] = [
    { kind: 'snapshot', database: 'ysql.a', listedBefore: [] },
    { kind: 'scratch', scratchName: 'kalpa_0123456789ab', listedBefore: [], restoration: { listedBefore: [] } },
    {
      ...{ kind: 'keyspace', database: 'ycql.a', tables: [], existed: true, listedBefore: [] },
      restoration: { listedBefore: [] },
    },
    { kind: 'importedSnapshot', snapshotId: 's', restoration: { listedBefore: [] } },
    { kind: 'restoration', database: 'ysql.a', snapshotIds: [], listedBefore: [] },
    { kind: 'schedule', database: 'ysql.a', listedBefore: [] },
    { kind: 'clone', scratchName: 'kalpa_0123456789ab', namespaceId: 'n' },
    { kind: 'keyspaceClone', database: 'ycql.b', namespaceId: 'n', listedBefore: [] },
  ];

  it.each(waiting.map((undo) => [undo.kind, undo] as const))(
    'the undo of %s may wait as long as it says, among the waits',
    (_kind, undo) => {
      const options = policies.undoing(settings, undo) as unknown as ActivityOptions;
      const own = undoTimeoutMs(undo, timing);
      expect(own).toBeGreaterThan(0);
      expect(ms(options.startToCloseTimeout)).toBeGreaterThan(own + timing.commandTimeout);
      expect(ms(options.scheduleToCloseTimeout)).toBeGreaterThan(ms(options.startToCloseTimeout));
      expect(options.taskQueue).toBe('kalpa/demo/waits');
    },
  );

  it('what only waits is served on the queue of the waits, what streams on that of the streams', () => {
    const queueOf = (name: string) => {
      const { policy, given } = found.find(({ activity }) => activity === name) ?? { policy: '', given: [] };
      return optionsOf[policy]?.(given).taskQueue;
    };
    for (const name of Object.keys(lasts).filter((one) => /^(wait|watch)/.test(one)))
      expect([name, queueOf(name)]).toEqual([name, 'kalpa/demo/waits']);
    for (const name of ['dumpText', 'dumpTable', 'loadText', 'readContent', 'loadTable'])
      expect([name, queueOf(name)]).toEqual([name, 'kalpa/demo/streams']);
    expect(queueOf('commitManifest')).toBe('kalpa/demo/steps');
  });
});
