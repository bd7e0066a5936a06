import type { Api } from '../../../contract';
import type { Tserver, Yugabyte } from '../../../yugabyte';
import { failWith } from '../../application-failure';
import type { Findings } from './findings';

/**
 * Tools of a known version, masters that answer, SQL that lets us in (where it is asked). Says what can be asked further. `unlisted`: why
 * the masters could not list the nodes a moment ago; a finding of its own only when nothing else explains it.
 */
export async function checkCluster(
  yugabyte: Yugabyte,
  findings: Findings,
  { unlisted, sql: asksSql = true }: { unlisted?: string | undefined; sql?: boolean } = {},
): Promise<{ tools: boolean; sql: boolean; masters: boolean; tservers?: Tserver[] }> {
  const [tools, sql] = await Promise.all([
    checkTools(yugabyte, findings, asksSql ? 'ysql' : 'ycql'),
    asksSql ? findings.check('YSQL', async () => await yugabyte.sql.listDatabases()) : undefined,
  ]);
  // Without yb-admin the masters' own page still tells whether they answer.
  const tservers = tools ? await findings.check('The masters', async () => await yugabyte.tservers()) : undefined;
  const masters = tools
    ? tservers
    : await findings.check('The masters', async () => await yugabyte.http.tabletServers());
  if (unlisted !== undefined && tools && masters) {
    findings.add(
      'PreflightFailed',
      `The masters could not list the tservers: ${unlisted} They answer now; start it again.`,
    );
  }
  return {
    tools,
    sql: sql !== undefined,
    masters: masters !== undefined && unlisted === undefined,
    ...(tservers ? { tservers } : {}),
  };
}

/** The shell of YCQL is not needed for YSQL, nor the tools of YSQL for YCQL. */
const ofOtherApi = (tool: string, api: Api): boolean => tool.startsWith(api === 'ysql' ? 'ycql' : 'ysql');

/** One finding that names every tool that is missing or broken. */
async function checkTools(yugabyte: Yugabyte, findings: Findings, api: Api): Promise<boolean> {
  return (
    (await findings.check('The tools', async () => {
      const [first, ...others] = (await yugabyte.toolVersions()).filter(
        ({ tool, problem }) => problem !== undefined && !ofOtherApi(tool, api),
      );
      const also = others.length === 0 ? '' : ` Missing or broken too: ${others.map(({ tool }) => tool).join(', ')}.`;
      if (first) throw failWith('PreflightFailed', `${first.problem ?? first.tool}${also}`);
      return await yugabyte.dialect();
    })) !== undefined
  );
}
