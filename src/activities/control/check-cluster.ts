import type { Yugabyte } from '../../yugabyte';
import type { Findings } from './findings';

/**
 * Tools of a known version, masters that answer, SQL that lets us in. Says what can be asked further. `unlisted`: why
 * the masters could not list the nodes a moment ago; a finding of its own only when nothing else explains it.
 */
export async function checkCluster(
  yugabyte: Yugabyte,
  findings: Findings,
  unlisted?: string,
): Promise<{ sql: boolean; masters: boolean }> {
  const [tools, sql] = await Promise.all([
    checkTools(yugabyte, findings),
    findings.check('YSQL', async () => await yugabyte.sql.listDatabases()),
  ]);
  // Without yb-admin the masters' own page still tells whether they answer.
  const masters = await findings.check('The masters', async () => {
    await (tools ? yugabyte.tservers() : yugabyte.http.tabletServers());
    return true;
  });
  if (unlisted !== undefined && tools && masters) {
    findings.add(
      'PreflightFailed',
      `The masters could not list the tservers: ${unlisted} They answer now; start it again.`,
    );
  }
  return { sql: sql !== undefined, masters: masters !== undefined && unlisted === undefined };
}

/** Each tool that Kalpa calls, not only the first that is missing. */
async function checkTools(yugabyte: Yugabyte, findings: Findings): Promise<boolean> {
  const known = await findings.check('The tools', async () => await yugabyte.dialect());
  const versions = (await findings.check('The tools', async () => await yugabyte.toolVersions())) ?? [];
  const broken = versions.filter(({ tool, problem }) => problem !== undefined && (tool !== 'yb-admin' || known));
  for (const { tool, problem } of broken) findings.add('PreflightFailed', `The tools: ${problem ?? tool}`, { tool });
  return known !== undefined;
}
