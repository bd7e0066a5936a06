import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { ClusterView, ToolRelease } from './cluster-view';
import { ok, problem, reason, type Check } from './check';

/** The tools that backups and restores of a YSQL database run. */
const TOOLS = ['yb-admin', 'ysql_dump', 'ysql_dumpall'] as const;

const SAME_RELEASE = 'install the tools of the release that the cluster runs';

/** Every tool is present, and all are of one release that Kalpa knows and that the cluster runs. */
export async function toolChecks(
  folder: string | undefined,
  env: NodeJS.ProcessEnv,
  cluster: ClusterView,
): Promise<Check[]> {
  const where = folder ?? 'PATH';
  const missing = TOOLS.filter((tool) => !toolExists(tool, folder, env));
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
    const releases = await cluster.toolReleases();
    const broken = releases.flatMap(({ problem: why }) =>
      why === undefined ? [] : [problem('tools', why, SAME_RELEASE)],
    );
    if (broken.length > 0) return broken;
    return [
      mixedRelease(version, releases) ?? (await otherRelease(version, cluster)) ?? toolsOk(where, version, dialect),
    ];
  } catch (error) {
    return [problem('tools', reason(error), SAME_RELEASE)];
  }
}

const toolsOk = (where: string, version: string, dialect: string): Check =>
  ok('tools', `${TOOLS.join(', ')} in ${where}; version ${version}, dialect ${dialect}`);

/** A folder or PATH that mixes two installations. */
function mixedRelease(version: string, releases: readonly ToolRelease[]): Check | undefined {
  const others = releases.filter(({ release }) => release !== undefined && seriesOf(release) !== seriesOf(version));
  return others.length === 0
    ? undefined
    : problem(
        'tools',
        `yb-admin is of ${version}, but ${others.map(({ tool, release }) => `${tool} of ${release}`).join(', ')}`,
        'install them from one release, the one that the cluster runs',
      );
}

/**
 * The cluster runs a release other than the tools'. Unknown is no finding here: the check of the web page reports it.
 */
async function otherRelease(version: string, cluster: ClusterView): Promise<Check | undefined> {
  const running = await cluster.release().catch(() => undefined);
  return running === undefined || seriesOf(running) === seriesOf(version)
    ? undefined
    : problem(
        'tools',
        `they are of ${version}, but the masters run ${running}: their output and dumps differ`,
        `install the client tools of ${running}, or set \`tools\` in kalpa.yaml to their folder`,
      );
}

/** `2025.1` of `2025.1.1.0`: within a series, tools and servers are compatible. */
const seriesOf = (release: string): string => release.split('.').slice(0, 2).join('.');

function toolExists(tool: string, folder: string | undefined, env: NodeJS.ProcessEnv): boolean {
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
