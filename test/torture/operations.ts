import type {
  ApplyRetentionResult,
  BackUpDatabaseResult,
  DumpDatabaseResult,
  RecoverToPointInTimeResult,
  ScrubRepositoryResult,
  VerifyBackupResult,
} from '../../src/contract';
import { ended, type Ending } from './ending';
import type { Kept, Scene } from './scene';
import type { Story } from './story';

/** Does something as a caller would, and holds what comes of it against what must be. Returns how it ended. */
type Operation = (scene: Scene, round: number) => Promise<string>;

const said = (ending: Ending<unknown>): string => (ending.ok ? 'complete' : ending.type);
const NOTHING = 'nothing to do';
/** Half of them wait for their turn, the others are refused when the database is busy. */
const busy = (scene: Scene): object => (scene.draws.chance(0.5) ? { whenBusy: 'wait' } : {});

/** Has a run read the database; when it ends well, what it made is kept with the steps whose content it may hold. */
async function made<T>(
  scene: Scene,
  story: Story,
  kind: Kept['kind'],
  [type, input]: [string, object],
  idOf: (result: T) => string,
): Promise<string> {
  const window = story.open();
  try {
    const ending = await ended<T>(scene.cluster, type, { database: story.database, ...input, ...busy(scene) });
    if (ending.ok) {
      const id = idOf(ending.value);
      scene.kept.push({
        id,
        kind,
        story,
        from: window.from,
        to: story.next,
        underFire: true,
        deleted: false,
        restoredIn: 0,
      });
    }
    return said(ending);
  } finally {
    story.close(window);
  }
}

async function backUp(scene: Scene): Promise<string> {
  const story = scene.oneOf(scene.stories);
  if (!story) return NOTHING;
  const input = { fingerprint: 'full', ...(scene.draws.chance(0.2) ? { incremental: 'no' } : {}) };
  const run: [string, object] = ['backUpDatabase', input];
  return await made<BackUpDatabaseResult>(scene, story, 'backup', run, ({ backupId }) => backupId);
}

async function dump(scene: Scene): Promise<string> {
  const story = scene.oneOf(scene.stories);
  if (!story) return NOTHING;
  const read = async (): Promise<string> =>
    await made<DumpDatabaseResult>(scene, story, 'dump', ['dumpDatabase', {}], ({ dumpId }) => dumpId);
  // A keyspace has no moment that all its tables can be read at.
  return story.database.startsWith('ycql.') ? await story.still(read) : await read();
}

/** Restores a backup, or loads a dump, under a new name, and compares what it holds. */
export async function restore(scene: Scene, kept: Kept, round: number): Promise<Ending<unknown>> {
  const as = scene.newName();
  const ending =
    kept.kind === 'backup'
      ? await ended(scene.cluster, 'restoreDatabase', { backup: kept.id, as, verify: 'full' })
      : await ended(scene.cluster, 'loadDump', { dump: kept.id, as });
  if (ending.ok) {
    await scene.compare(kept, as);
    kept.restoredIn = round;
  }
  return ending;
}

async function restoreAny(scene: Scene, round: number): Promise<string> {
  const kept = scene.oneOf(scene.alive);
  return kept ? said(await restore(scene, kept, round)) : NOTHING;
}

/** Not of a keyspace, which is refused. */
async function rehearse(scene: Scene): Promise<string> {
  const story = scene.oneOf(scene.stories.filter(({ database }) => database.startsWith('ysql.')));
  return story ? said(await ended(scene.cluster, 'rehearseRestore', { database: story.database })) : NOTHING;
}

async function verify(scene: Scene): Promise<string> {
  const kept = scene.oneOf(scene.alive);
  if (!kept) return NOTHING;
  const level = scene.oneOf(['present', 'sizes', 'sample', 'full'] as const);
  const input = { backup: kept.id, level };
  const ending = await ended<VerifyBackupResult>(scene.cluster, 'verifyBackup', input);
  if (ending.ok && ending.value.problems.length > 0)
    throw new Error(`${kept.id} is damaged: ${ending.value.problems.join('; ')}`);
  return said(ending);
}

async function scrub(scene: Scene): Promise<string> {
  const ending = await ended<ScrubRepositoryResult>(scene.cluster, 'scrubRepository', { within: '1 day' });
  if (ending.ok && ending.value.problems.length > 0)
    throw new Error(`The scrub found damage: ${ending.value.problems.join('; ')}`);
  return said(ending);
}

async function retain(scene: Scene): Promise<string> {
  const ending = await ended<ApplyRetentionResult>(scene.cluster, 'applyRetention', {});
  // What it deleted is read in the bucket afterwards, and that it breaks no promise.
  for (const kept of scene.alive) kept.deleted = 'maybe';
  return said(ending);
}

async function deleteOne(scene: Scene): Promise<string> {
  const kept = scene.oneOf(scene.alive);
  if (!kept) return NOTHING;
  const ending = await ended(scene.cluster, 'deleteBackup', { backup: kept.id, reason: 'torture' });
  if (ending.ok) kept.deleted = true;
  else if (ending.type !== 'PromiseBroken') kept.deleted = 'maybe';
  return said(ending);
}

async function undelete(scene: Scene): Promise<string> {
  const kept = scene.oneOf(scene.kept.filter(({ deleted }) => deleted === true));
  if (!kept) return NOTHING;
  const ending = await ended(scene.cluster, 'undeleteBackup', { backup: kept.id, reason: 'torture' });
  kept.deleted = ending.ok ? false : 'maybe';
  return said(ending);
}

/** A copy of a past moment, beside the original. */
async function copyOfThePast(scene: Scene): Promise<string> {
  const story = scene.oneOf(scene.recoverable);
  const moment = scene.oneOf((story?.moments ?? []).slice(-20));
  if (!story || !moment) return NOTHING;
  const as = scene.newName();
  const input = { database: story.database, to: String(moment.micros), as, ...busy(scene) };
  const ending = await ended<RecoverToPointInTimeResult>(scene.cluster, 'recoverToPointInTime', input);
  if (ending.ok) {
    if ((await story.subject.digest(as)) !== moment.digest)
      throw new Error(`${as} is not ${story.database} as it stood after step ${moment.n}.`);
    await story.subject.drop(as);
  }
  return said(ending);
}

/** Puts the database back in place; nobody writes meanwhile, since what is written then is lost or not. */
async function rewind(scene: Scene): Promise<string> {
  const story = scene.oneOf(scene.recoverable);
  if (!story) return NOTHING;
  return await story.still(async () => {
    const now = story.last;
    const moment = scene.oneOf(story.moments.slice(-5));
    if (!moment) return NOTHING;
    const { database } = story;
    const input = { database, to: String(moment.micros), confirmDataLoss: database, whenBusy: 'wait' };
    const ending = await ended<RecoverToPointInTimeResult>(scene.cluster, 'recoverToPointInTime', input);
    const digest = await story.subject.digest();
    const rewound = digest === moment.digest;
    if (!rewound && (ending.ok || !story.holds(digest, now, now)))
      throw new Error(`${database} is neither what stood after step ${moment.n} nor what stood before the rewind.`);
    if (rewound) await story.rewound(moment.n);
    return said(ending);
  });
}

/** What the rounds draw from, each as often as its weight. */
export const OPERATIONS: readonly { name: string; weight: number; run: Operation }[] = [
  { name: 'back up', weight: 6, run: backUp },
  { name: 'restore', weight: 5, run: restoreAny },
  { name: 'dump', weight: 2, run: dump },
  { name: 'rehearse', weight: 2, run: rehearse },
  { name: 'verify', weight: 3, run: verify },
  { name: 'scrub', weight: 1, run: scrub },
  { name: 'retain', weight: 2, run: retain },
  { name: 'delete', weight: 2, run: deleteOne },
  { name: 'undelete', weight: 1, run: undelete },
  { name: 'copy of the past', weight: 2, run: copyOfThePast },
  { name: 'rewind', weight: 2, run: rewind },
];

/** One of the operations, by weight. */
export function drawn(scene: Scene): (typeof OPERATIONS)[number] {
  let left = scene.draws.below(OPERATIONS.reduce((sum, { weight }) => sum + weight, 0));
  for (const operation of OPERATIONS) {
    left -= operation.weight;
    if (left < 0) return operation;
  }
  throw new Error('The weights do not add up.');
}
