import type { Api } from '../../../contract';
import type { Tserver } from '../../../yugabyte';
import { failWith } from '../../application-failure';
import type { Checks } from './checks';

/** What answered. */
export interface AnsweringCluster {
  tools: boolean;
  sql: boolean;
  masters: boolean;
  tservers?: Tserver[];
}

/**
 * Tools of a known version, masters that answer, SQL that lets us in (where it is asked). Says what can be asked further. `unlisted`: why
 * the masters could not list the nodes a moment ago; a finding of its own only when nothing else explains it.
 */
export async function checkCluster(
  checks: Checks,
  { unlisted, sql: asksSql = true }: { unlisted?: string | undefined; sql?: boolean } = {},
): Promise<AnsweringCluster> {
  const [sql, { tools, masters, tservers }] = await Promise.all([
    asksSql
      ? checks.look('YSQL', async ({ yugabyte }, { signal }) => await yugabyte().sql.listDatabases({ signal }))
      : undefined,
    checkMasters(checks, asksSql ? 'ysql' : 'ycql'),
  ]);
  if (unlisted !== undefined && tools && masters) {
    checks.add(
      'PreflightFailed',
      `The masters could not list the tservers: ${unlisted} They answer now; start it again.`,
    );
  }
  return {
    tools,
    sql: sql !== undefined,
    masters: masters && unlisted === undefined,
    ...(tservers ? { tservers } : {}),
  };
}

async function checkMasters(
  checks: Checks,
  api: Api,
): Promise<{ tools: boolean; masters: boolean; tservers?: Tserver[] | undefined }> {
  if (!(await checkTools(checks, api))) {
    // Without yb-admin the masters' own page still tells whether they answer.
    const page = await checks.look(
      'The masters',
      async ({ yugabyte }, { signal }) => await yugabyte().http.tabletServers(signal),
    );
    return { tools: false, masters: page !== undefined };
  }
  const tservers = await checks.look(
    'The masters',
    async ({ yugabyte }, { signal }) => await yugabyte().tservers(signal),
  );
  return { tools: true, masters: tservers !== undefined, tservers };
}

/** The shell of YCQL is not needed for YSQL, nor the tools of YSQL for YCQL. */
const ofOtherApi = (tool: string, api: Api): boolean => tool.startsWith(api === 'ysql' ? 'ycql' : 'ysql');

/** One finding that names every tool that is missing or broken. */
async function checkTools(checks: Checks, api: Api): Promise<boolean> {
  return (
    (await checks.look('The tools', async ({ yugabyte }, { signal }) => {
      const [first, ...others] = (await yugabyte().toolVersions(signal)).filter(
        ({ tool, problem }) => problem !== undefined && !ofOtherApi(tool, api),
      );
      const also = others.length === 0 ? '' : ` Missing or broken too: ${others.map(({ tool }) => tool).join(', ')}.`;
      if (first) throw failWith('PreflightFailed', `${first.problem ?? first.tool}${also}`);
      return await yugabyte().capabilities(signal);
    })) !== undefined
  );
}
