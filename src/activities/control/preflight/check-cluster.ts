import { apiOf, languageOf } from '../../../contract';
import type { Tserver } from '../../../yugabyte';
import { failWith } from '../../application-failure';
import type { Checks } from './checks';
import { given } from '../../../objects/given';

/** Which parts answered. */
export interface AnsweringCluster {
  tools: boolean;
  masters: boolean;
  /** The API of the database (YSQL or YCQL) accepts our login. */
  loginAccepted: boolean;
  /** Whether databases and their contents can be listed; further questions need this, and not `loginAccepted`. */
  listed: boolean;
  tservers?: Tserver[];
}

/**
 * Tools of a known version, masters that answer, and the API of the database (`ysql.orders`, or `ysql`), which accepts
 * our login. Returns what can be asked further. `unlisted`: why the masters could not list the nodes a moment ago; a
 * finding of its own only if nothing else explains it.
 */
export async function checkCluster(
  checks: Checks,
  database: string,
  { unlisted }: { unlisted?: string | undefined } = {},
): Promise<AnsweringCluster> {
  const [loginAccepted = false, { tools, masters: answer, tservers }] = await Promise.all([
    checkLogin(checks, database),
    checkMasters(checks, database),
  ]);
  const masters = answer && unlisted === undefined;
  if (unlisted !== undefined && tools && answer) {
    checks.add(
      'PreflightFailed',
      `The masters could not list the tservers: ${unlisted} They answer now; start it again.`,
    );
  }
  return {
    tools,
    masters,
    loginAccepted,
    listed: languageOf(database).listedByMasters ? masters && tools : loginAccepted,
    ...given({ tservers }),
  };
}

async function checkLogin(checks: Checks, database: string): Promise<boolean | undefined> {
  return await checks.look(apiOf(database).toUpperCase(), async ({ yugabyte }, { signal }) => {
    await yugabyte().api(database).logIn({ signal });
    return true;
  });
}

async function checkMasters(
  checks: Checks,
  database: string,
): Promise<{ tools: boolean; masters: boolean; tservers?: Tserver[] | undefined }> {
  if (!(await checkTools(checks, database))) {
    // Without yb-admin, the masters' own page still shows whether they answer.
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

/**
 * One finding that names every missing or broken tool; the YCQL shell is not needed for YSQL, nor the YSQL tools for
 * YCQL.
 */
async function checkTools(checks: Checks, database: string): Promise<boolean> {
  return (
    (await checks.look('The tools', async ({ yugabyte }, { signal }) => {
      const needed: readonly string[] = ['yb-admin', ...yugabyte().api(database).tools];
      const [first, ...others] = (await yugabyte().toolVersions(signal)).filter(
        ({ tool, problem }) => problem !== undefined && needed.includes(tool),
      );
      const also = others.length === 0 ? '' : ` Missing or broken too: ${others.map(({ tool }) => tool).join(', ')}.`;
      if (first) throw failWith('PreflightFailed', `${first.problem ?? first.tool}${also}`);
      return await yugabyte().capabilities(signal);
    })) !== undefined
  );
}
