import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { ClusterView } from './cluster-view';
import { ok, problem, reason, type Check } from './check';

/** What a backup and a restore of a YSQL database run. */
const TOOLS = ['yb-admin', 'ysqlsh', 'ysql_dump', 'ysql_dumpall'] as const;

/** Every tool is there, and the version of yb-admin is one that Kalpa knows. */
export async function toolChecks(
  folder: string | undefined,
  env: NodeJS.ProcessEnv,
  cluster: ClusterView,
): Promise<Check[]> {
  const where = folder ?? 'PATH';
  const missing = TOOLS.filter((tool) => !isThere(tool, folder, env));
  if (missing.length > 0) {
    return [
      problem(
        'tools',
        `${missing.join(', ')} not found in ${where}`,
        "install YugabyteDB's client tools there, or set `tools` in kalpa.yaml to their folder",
      ),
    ];
  }
  try {
    const { version, dialect } = await cluster.tools();
    return [ok('tools', `${TOOLS.join(', ')} in ${where}; version ${version}, dialect ${dialect}`)];
  } catch (error) {
    return [problem('tools', reason(error), 'install the tools of the release that the cluster runs')];
  }
}

function isThere(tool: string, folder: string | undefined, env: NodeJS.ProcessEnv): boolean {
  const folders = folder === undefined ? (env['PATH'] ?? '').split(delimiter).filter((path) => path !== '') : [folder];
  return folders.some((path) => {
    try {
      accessSync(join(path, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
