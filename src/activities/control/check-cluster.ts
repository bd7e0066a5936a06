import type { Yugabyte } from '../../yugabyte';
import type { Findings } from './findings';

/** Tools of a known version, masters that answer, SQL that lets us in. Says whether SQL can be asked further. */
export async function checkCluster(
  yugabyte: Yugabyte,
  findings: Findings,
): Promise<{ sql: boolean; masters: boolean }> {
  const [, masters, sql] = await Promise.all([
    findings.check('The tools', async () => await yugabyte.dialect()),
    findings.check('The masters', async () => await yugabyte.tservers()),
    findings.check('YSQL', async () => await yugabyte.sql.listDatabases()),
  ]);
  return { sql: sql !== undefined, masters: masters !== undefined };
}
