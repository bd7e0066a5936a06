import { DEMO } from './demo-database';
import { count, mega, timeForId, type Guide } from './guide';

interface Increment {
  backupId: string;
  bytes: number;
  uploadedBytes: number;
}

interface Verified {
  objects: number;
  readBytes: number;
  provedBytes: number;
  problems: string[];
}

interface Rehearsed {
  backupId: string;
  level: string;
  rowsChecked: number;
  recoveryTimeSeconds: number;
}

interface Retained {
  kept: number;
  deleted: number;
  first: { backupId: string; decision: 'keep' | 'delete'; because: string }[];
}

/** Backups shown of a plan's list, so that a demo that is started many times stays readable. */
const SHOWN = 4;

/** The second part: backups that can be kept for years because they are small, verified, and deleted by rules. */
export async function keepAndProve(guide: Guide, firstBackup: string): Promise<void> {
  const { print } = guide;
  const database = `ysql.${DEMO}`;
  print(`6. Back it up once more. It refers to the files that ${firstBackup} has already uploaded:`);
  const { backupId, bytes, uploadedBytes } = await guide.run<Increment>(
    'backUpDatabase',
    `backup/demo/${database}/${timeForId()}`,
    { database },
  );
  print(`   ✓ ${backupId}: ${mega(bytes)}, of which ${mega(uploadedBytes)} are new\n`);

  print('7. Verify it. First by reading everything in the bucket that was not read recently:');
  const { objects, readBytes, provedBytes, problems } = await guide.run<Verified>(
    'verifyBackup',
    `verify/demo/${backupId}/${timeForId()}`,
    { backup: backupId, level: 'full' },
  );
  if (problems.length > 0) throw new Error(`The backup is damaged: ${problems.join('; ')}`);
  print(`   ✓ ${count(objects)} objects are intact (${mega(readBytes)} read, ${mega(provedBytes)} verified before)`);
  print('   Then by a rehearsal: a restore to a scratch database, compared, timed and dropped again:');
  const rehearsed = await guide.run<Rehearsed>('rehearseRestore', `rehearse/demo/${database}/${timeForId()}`, {
    database,
    backup: backupId,
  });
  print(
    `   ✓ ${count(rehearsed.rowsChecked)} rows compared (${rehearsed.level}); recovery time ${rehearsed.recoveryTimeSeconds.toFixed(1)} s\n`,
  );

  print('8. What retention would do by the policies of this kalpa.yaml; a dry run only shows it:');
  const { kept, deleted, first } = await guide.run<Retained>('applyRetention', `retain/demo/${timeForId()}`, {
    dryRun: true,
  });
  for (const one of first.slice(0, SHOWN))
    print(`     ${one.decision === 'keep' ? 'stays' : 'goes '}  ${one.backupId}  ${one.because}`);
  print(`   ✓ ${count(kept)} would be kept, ${count(deleted)} deleted. Nothing was deleted.\n`);
}
