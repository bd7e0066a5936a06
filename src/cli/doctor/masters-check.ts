import type { KalpaConfig } from '../../config';
import type { ClusterView } from './cluster-view';
import { ok, problem, reason, warning, type Check } from './check';

const DEFAULT_WEB_PORT = 7000;
const NETWORK = 'correct `masters` in kalpa.yaml (RPC port, 7100 by default), check the network and tls.certsDir';

/** The masters answer at the configured addresses, these are their RPC addresses, and one of them leads. */
export async function mastersCheck(
  cluster: ClusterView,
  { masters: configured, http }: Pick<KalpaConfig, 'masters' | 'http'>,
): Promise<Check> {
  const web = http.masters ?? configured.map((address) => `${hostOf(address)}:${DEFAULT_WEB_PORT}`);
  try {
    const masters = await cluster.masters();
    const leader = masters.find(({ role }) => role === 'LEADER');
    if (!leader) return problem('masters', `none of ${masters.length} leads`, NETWORK);
    const dead = masters.filter(({ alive }) => !alive).map(({ address }) => address);
    if (dead.length > 0)
      return warning(
        'masters',
        `${dead.join(', ')} not alive, ${leader.address} leads`,
        'start them: losing another one stops the cluster',
      );
    const listed = masters.map(({ address }) => address);
    const wrong = await masterProblems(
      cluster,
      configured.filter((address) => !listed.includes(address)),
    );
    return wrong.length > 0
      ? warning('masters', `${wrong.join('; ')}; ${leader.address} leads`, setMasters(listed))
      : ok('masters', `${masters.length} alive, ${leader.address} leads`);
  } catch (error) {
    const wrong = await masterProblems(cluster, configured);
    const suggested = await firstAnswer(cluster, [...configured, ...web]);
    return problem(
      'masters',
      `no answer: ${wrong.length > 0 ? wrong.join('; ') : reason(error)}`,
      suggested.length > 0 ? setMasters(suggested) : NETWORK,
    );
  }
}

/** What is at addresses where a master should answer; nothing for an address that may be right. */
async function masterProblems(cluster: ClusterView, addresses: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    addresses.map(async (address) => {
      if (!(await cluster.listens(address))) return [`nothing listens at ${address}`];
      const masters = await cluster.mastersByWeb(address).catch(() => undefined);
      return masters === undefined ? [] : [`${address} is a web page, not the RPC address of a master`];
    }),
  );
  return found.flat();
}

/** The masters' RPC addresses, from the first web page that lists them. */
async function firstAnswer(cluster: ClusterView, pages: readonly string[]): Promise<string[]> {
  for (const page of new Set(pages)) {
    const masters = await cluster.mastersByWeb(page).catch((): string[] => []);
    if (masters.length > 0) return masters;
  }
  return [];
}

const setMasters = (addresses: readonly string[]): string => `set masters: [${addresses.join(', ')}] in kalpa.yaml`;

const hostOf = (address: string): string => address.replace(/:\d+$/, '');
