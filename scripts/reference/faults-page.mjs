import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MADE, page, table } from './markdown.mjs';

const NOTHING = 'nothing';
const SLOWER = 'the run is green and takes longer';

/** By the situation that a test's name tells: what a person sees, and does. */
const FOR_PEOPLE = {
  'ends FAILED': ['a warning in the result: “The snapshot was taken again: … is FAILED”', NOTHING],
  'ends FAILED again and again': [
    'the run fails with `SnapshotFailed` after five snapshots; all of them are deleted',
    'check the masters and tservers, then start a new backup',
  ],
  'stuck CREATING': ['the step “until the snapshot … is COMPLETE” lasts; a warning in the result', NOTHING],
  'the reply of its creation is lost, beside a snapshot of someone else': [
    '`createSnapshot` returns `adopted: true`; the foreign snapshot stays',
    NOTHING,
  ],
  'the reply of its creation is lost, beside a snapshot of a schedule': [NOTHING, NOTHING],
  'the control worker dies while splitting is paused': [
    'the run continues when a control worker runs again',
    'start a control worker',
  ],
  'the new tablets take a while to start': [
    'the steps “names and sizes on …” last; they say how many replicas are not running yet',
    'check that tserver if it lasts',
  ],
  'a table is made, and filled, before the dump': ['a warning in the result; the new table is in the backup', NOTHING],
  'a table is rewritten before the dump': ['a warning in the result', NOTHING],
  'the masters have no leader for a while': [SLOWER, 'check the masters if it lasts'],
  'what was restored is not what was recorded': [
    'the run fails with `VerificationFailed`, which names the tables and the scratch database',
    'inspect the scratch database, drop it, restore another backup',
  ],
  'it is older than the backup': [
    'the run fails with `IncompatibleVersion`',
    'restore into that version or a newer one',
  ],
  'a role of the backup is missing': [
    'the run fails with `PreflightFailed` and the roles',
    'create the roles, or start again with `"roles": "create"` or `"skip"`',
  ],
  'streams carry the changes elsewhere': [
    'the run fails with `PreflightFailed` and the ids of the streams',
    'delete the streams and create them again afterwards, or start again with `"acknowledgeStreams": true`',
  ],
  'replication from another universe writes it': [
    'the run fails with `PreflightFailed` and the tables',
    'delete the replication and set it up again afterwards, or start again with `"acknowledgeStreams": true`',
  ],
  'an index was being built': ['`invalidIndexes` in the result', 'drop and create these indexes again'],
  'an index is INVALID': [
    'a warning in the result that names it; `kalpa show` lists it',
    'drop the index and create it again',
  ],
  'tablets are split in spite of the lease': ['a warning in the result', NOTHING],
  'a tablet is in the snapshot beside one that it was split into': ['a warning in the result', NOTHING],
  'the dump of the schema hangs behind a lock': [
    'the step `dumpSchema` is tried again, each time after `commandTimeout`',
    'look for a session that holds a lock for a long time',
  ],
  'a disk is nearly full': [
    'the run fails with `PreflightFailed` and the free bytes of the node',
    'free space there; old snapshots may occupy it',
  ],
  'a disk has no room for its share': [
    'the run fails with `PreflightFailed` and what each node lacks',
    'free space there, or add nodes',
  ],
  'the connection is lost in the middle of the schema': ['the step `loadSchema` is tried again, green', NOTHING],
  'it lacks the universe key that the files are encrypted with': [
    'the run fails with `PreflightFailed` and the id of the key',
    'give the key to the masters (`yb-admin add_universe_key_to_all_masters`)',
  ],
  'a tablet is being split': ['the step `createSnapshot` waits', NOTHING],
  'DDL at every try': [
    'the run fails with `SchemaChanging`',
    'start the backup when no DDL runs; look for cron jobs that refresh views or create partitions',
  ],
  'two databases at once': ['one of the runs waits at “until … releases the cluster”', NOTHING],
  'its directory is gone on one replica, half filled by a bootstrap on another': [
    'nothing, or a warning in the result that names the tablet',
    NOTHING,
  ],
  'its directories are gone on every replica, each time': [
    'the run fails with `SnapshotFilesMissing`, which names the tablets',
    'check the replicas of these tablets (moved, bootstrapped, expired?), then start a new backup',
  ],
  'it expires while it is copied': ['a warning in the result', 'raise the retention if it happens often'],
  'every leader moves': [NOTHING, NOTHING],
  'a node loses its replicas while it copies': ['a warning in the result', NOTHING],
  'a node dies for good in the middle': [
    'the node’s child run waits for its worker for `copyQueueTimeout`, checks whether it is alive, then the others copy; a warning in the result',
    NOTHING,
  ],
  'a node worker is killed in the middle of a multipart upload': [SLOWER, NOTHING],
  'of a backup': [SLOWER, NOTHING],
  'of a restore': [SLOWER, NOTHING],
  'cancelled in the middle, twice': ['the run is Canceled once everything is cleaned up', NOTHING],
  'an upload gets no answer': [`${SLOWER} (30 s for each such upload)`, NOTHING],
  'has the data directories of another node': [
    'the worker ends with exit code 1 and names both lists of directories; the node counts as one without a worker',
    'correct `node.dataDirs` in its `kalpa.yaml`',
  ],
  'answers 503 SlowDown, then resets and cuts': [SLOWER, 'lower `bytesPerSecond` or `parallelism` if it lasts'],
  'is unavailable in the middle of a restore': [
    'the run fails with `StoreUnavailable` after `phaseDeadline`; what was made is dropped',
    'check the store and the network to it, then start the restore again',
  ],
  'is unavailable %s for longer than it is waited for': [
    'the run fails with `StoreUnavailable` after `phaseDeadline`; the snapshot is deleted',
    'check the store and the network to it, then start a new backup',
  ],
  'access is denied after preflight': [
    'the run fails at once and says which permission is missing for what',
    'restore that permission of the workers’ role, then start a new backup',
  ],
  'wrong bytes come back, of the right length': [
    'the restore fails with `ChecksumMismatch`, which names the object',
    'restore another backup; find out who changed the bucket',
  ],
  'the manifest can not be written at first': ['the step `commitManifest` is tried again, green', NOTHING],
  'the target name exists': ['the run fails with `AlreadyExists`', 'give another name with `as`'],
  'terminated half-way and started again': [
    'the guardian of the first run drops what it made; the second run waits for it with `whenBusy: "wait"`',
    NOTHING,
  ],
  'a statement of the schema fails': [
    'the run fails with `RestoreFailed`, which shows the error and the statement',
    'create what the statement needs, then start the restore again',
  ],
  'a table is missing on import': [
    'the run fails with `RestoreFailed` and the master’s message, which names the table',
    'restore another backup',
  ],
  'the replicas move while files land': ['another round of `place …` child runs', NOTHING],
  'a peer lost its files when the restoration begins': [
    'the run fails with `RestoreFailed` and the restoration’s id; its guardian continues to watch that restoration',
    'bring the tserver back; the guardian cleans up when the restoration has ended',
  ],
  'a tserver is dead before restore_snapshot': [
    'the step “nodes of the replicas ALIVE” is tried again, and says which node',
    'start the tserver',
  ],
  'the reply of restore_snapshot is lost': [NOTHING, NOTHING],
  'the restoration ends FAILED': [
    'the run fails with `RestoreFailed`',
    'check the tservers’ logs for RESTORE_ON_TABLET, then start the restore again',
  ],
  'the restoration hangs': [
    'the run fails with `RestoreFailed` after `restoreDeadline`; its guardian continues to watch it',
    'check the tservers; the guardian cleans up when the restoration has ended',
  ],
  'a new leader of the masters has forgotten the restoration': [
    'the run fails with `RestoreFailed` and the restoration’s id; the imported snapshot and the scratch database stay',
    'check whether a tserver is still restoring; then delete both by hand (`yb-admin delete_snapshot`, `DROP DATABASE`)',
  ],
  'in the phase %s of a backup': [
    'the run makes no progress until a control worker is running, then continues',
    'start a control worker',
  ],
  'in the phase %s of a restore': [
    'the run makes no progress until a control worker is running, then continues',
    'start a control worker',
  ],
  'in the step %s of a backup': [
    'the run makes no progress until a control worker is running, then continues',
    'start a control worker',
  ],
  'in the step %s of a restore': [
    'the run makes no progress until a control worker is running, then continues',
    'start a control worker',
  ],
  'a dump of a keyspace meets a %s': ['the run is Canceled or Terminated; the dump is never listed', NOTHING],
  'a %s while it is dumped': ['the run is Canceled or Terminated; the dump is never listed', NOTHING],
  'a %s while it is loaded': ['the run is Canceled or Terminated; its guardian drops what was created', NOTHING],
  'a %s while a database is cloned': [
    'the run is Canceled or Terminated; its guardian drops what was created',
    NOTHING,
  ],
  'a %s while a snapshot is put back': [
    'the run is Canceled or Terminated; its guardian holds the lock until the cluster lists the restoration as ended',
    'check whether that state is what you wanted: a restoration can’t be stopped',
  ],
  'a %s while a snapshot is deleted': [
    'the run is Canceled or Terminated; the snapshot may be there or not',
    'delete it again',
  ],
  'a %s while a schedule is made': ['the run is Canceled or Terminated; its guardian deletes the schedule', NOTHING],
  'a %s while a schedule is deleted': [
    'the run is Canceled or Terminated; the schedule may be there or not',
    '`kalpa pitr status` shows it; disable it again',
  ],
  'a load of a keyspace meets a %s': [
    'the run is Canceled or Terminated; its guardian drops what was created',
    NOTHING,
  ],
  'of %s': [NOTHING, NOTHING],
  'it is aborted': ['a warning in the result: “The clone was started again: …”', NOTHING],
  'a %s in the middle': ['the run is Canceled or Terminated; its guardian drops what was created', NOTHING],
  'a table is changed while it is dumped': [
    'the run fails with `SchemaChanging`; nothing is listed',
    'start the dump when no DDL runs',
  ],
  'in the step %s of a dump': [
    'the run makes no progress until a control worker is running, then continues',
    'start a control worker',
  ],
  'in the step %s of a load': [
    'the run makes no progress until a control worker is running, then continues',
    'start a control worker',
  ],
  'while rows alone are loaded': [
    'the run makes no progress until a control worker is running, then continues',
    'start a control worker',
  ],
  'in the step %s of a rewind': [
    'the run makes no progress until a control worker is running, then continues',
    'start a control worker',
  ],
  'in the step %s': [
    'the run makes no progress until a control worker is running, then continues',
    'start a control worker',
  ],
  'a %s while a snapshot is made': ['the run is Canceled or Terminated; its guardian deletes the snapshot', NOTHING],
  'a %s while it rewinds': [
    'the run is Canceled or Terminated; its guardian holds the lock until the cluster lists the restoration as ended',
    'check whether the rewind is what you wanted: it can’t be stopped',
  ],
  'in the step %s of a clone': [
    'the run makes no progress until a control worker is running, then continues',
    'start a control worker',
  ],
  'the clock of the cluster is not that of Temporal': [
    'a recovery with `ago` fails with `PreflightFailed` and the time of the cluster',
    'give the moment itself with `to`; synchronise the clocks (NTP)',
  ],
  'tables of another database are made during a rewind': [
    'a warning in the result that names the other database',
    'check whether the newest DDL of that database is still there; repeat it if not',
  ],
  'another database can not be asked': [
    'a warning in the result: it is not known whether the schema of another database changed',
    'check whether the newest DDL of your other databases is still there',
  ],
  'the schedule is made by hand, or changed by hand': [
    '`kalpa inspect` lists it as a problem, with what was requested',
    'enable point-in-time recovery again, with the intervals that you want',
  ],
  'a transaction is open, and sessions are idle': [
    'a warning in the result: “… open sessions were ended”',
    'have the clients connect again',
  ],
  'the restoration of a rewind ends FAILED': [
    'the run fails with `RestoreFailed`; the database may be partly rewound',
    'check the tservers’ logs, then rewind again, or restore the newest backup, which the preview named',
  ],
  'the schema was changed since, in a release that reverts rows only': [
    'the run is refused with `PreflightFailed` and the tables that were created or dropped',
    'recover a copy with `as`, or restore a backup',
  ],
  'a clone is aborted': ['a warning in the result: “The clone was started again: …”', NOTHING],
  'the reply of clone_namespace is lost': [NOTHING, NOTHING],
  'a table was dropped': [
    '`covered.ddlSince` in the result names it',
    'take the table from a copy rather than rewind everything',
  ],
  'a nightly backup meets a master that restarts and a store that drops connections': [
    'the page of the run says what does not answer, and for how long it is retried',
    NOTHING,
  ],
  'a rewind and a clone need no bucket': ['a warning in the result: what could not be recorded in the store', NOTHING],
  'while the guardian undoes after a cancelled backup': ['the guardian continues to undo', 'start a control worker'],
};

const CHAPTERS = [
  ['test/faults/snapshot.test.ts', 'The snapshot of a backup'],
  ['test/faults/copy.test.ts', 'Copying the files, and the store'],
  ['test/faults/restore.test.ts', 'A restore'],
  ['test/faults/restore-refused.test.ts', 'A restore that is refused'],
  ['test/faults/killed-control-worker.test.ts', 'The control worker is killed (SIGKILL)'],
  ['test/faults/logical-dumps.test.ts', 'The control worker is killed (SIGKILL) in a logical dump or load'],
  ['test/faults/keyspaces.test.ts', 'Keyspaces (YCQL)'],
  ['test/faults/lost-replies.test.ts', 'The reply of a command is lost; clones of keyspaces'],
  ['test/faults/recovery.test.ts', 'Point-in-time recovery, in place'],
  ['test/faults/clones.test.ts', 'Point-in-time recovery, aside'],
  ['test/faults/in-cluster.test.ts', 'Snapshots inside the cluster, schedules and rewinds: kill, cancel, terminate'],
  ['test/faults/away-for-a-while.test.ts', 'Masters or the store are unavailable for a while'],
  ['test/e2e/killed-workers.test.ts', 'A node worker is killed (SIGKILL) in the middle of a copy'],
];

const NAMED = /'(?<numbers>[\d.]+(?:, [\d.]+)*): (?<situation>[^']*?)(?:: (?<outcome>[^']*))?'/g;

/**
 * What happens when …: a row for each fault test that has its fault alone. Throws when a test has no row, or a row no
 * test.
 */
export function faultsPage(root) {
  const files = readdirSync(join(root, 'test/faults')).map((name) => `test/faults/${name}`);
  const unlisted = files.filter((file) => file.endsWith('.test.ts') && !CHAPTERS.some(([one]) => one === file));
  if (unlisted.length > 0)
    throw new Error(`scripts/reference/faults-page.mjs has no chapter for ${unlisted.join(', ')}.`);
  const used = new Set();
  const chapters = CHAPTERS.flatMap(([file, title]) => {
    const tests = [...readFileSync(join(root, file), 'utf8').matchAll(NAMED)].map(({ groups }) => groups);
    const rows = tests.map(({ numbers, situation, outcome }) => {
      const people = FOR_PEOPLE[situation];
      if (!people)
        throw new Error(
          `scripts/reference/faults-page.mjs does not say what a person sees and does when: ${situation} (${file}).`,
        );
      used.add(situation);
      return [
        numbers,
        situation
          .replace('in the phase %s', 'in any phase')
          .replace('in the step %s', 'in any step')
          .replace('a %s', 'a cancel or a terminate')
          .replace('of %s', 'of any command that changes the cluster'),
        outcome === undefined || outcome === '%s' ? 'it continues' : outcome,
        ...people,
      ];
    });
    return [`## ${title}`, table(['fault', 'what happens', 'what Kalpa does', 'what you see', 'what you do'], rows)];
  });
  const stale = Object.keys(FOR_PEOPLE).filter((situation) => !used.has(situation));
  if (stale.length > 0)
    throw new Error(`scripts/reference/faults-page.mjs describes what no test does: ${stale.join('; ')}.`);
  return page(
    '# What happens when …',
    MADE,
    'Each row is a test of this repository that injects the fault into an emulated cluster, a real Temporal or a real S3 store, and then compares contents and looks for leftovers: no snapshot, no scratch database, no open upload, the balancer as it was, no backup listed that can not be restored. The number is the fault’s number in the tests.',
    ...chapters,
  );
}
