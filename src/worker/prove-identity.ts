import type { NodeIdentity } from '../activities/node/dependencies';
import type { KalpaConfig } from '../config';
import { InstanceUnreadable, readInstanceUuid, type Yugabyte } from '../yugabyte';

/** This worker is not on the node that its configuration names; it must not take that node's work. */
export class WrongNode extends Error {
  override readonly name = 'WrongNode';
}

/**
 * Proves which node this is before the worker polls: every data directory belongs to one tserver (its `instance` file),
 * and the tserver at the configured web address uses exactly these directories and this RPC address.
 */
export async function proveIdentity(
  node: NonNullable<KalpaConfig['node']>,
  yugabyte: Yugabyte,
  tserverPort: number,
): Promise<NodeIdentity> {
  const http = node.http ?? `${node.address.replace(/:\d+$/, '')}:${tserverPort}`;
  const uuids = await Promise.all(node.dataDirs.map(readInstanceUuid));
  const [uuid] = uuids;
  if (uuid === undefined || uuids.some((other) => other !== uuid)) {
    throw new WrongNode(
      `The data directories ${node.dataDirs.join(', ')} belong to different tservers (${[...new Set(uuids)].join(', ')}). List the directories of the tserver at ${node.address} only (node.dataDirs in kalpa.yaml).`,
    );
  }
  const flags = await yugabyte.http.varz(http);
  refuseOtherDirectories(node, flags.get('fs_data_dirs'), http);
  await refuseOtherTserver(node, uuid, yugabyte);
  return { uuid, address: node.address, http, dataDirs: node.dataDirs };
}

function refuseOtherDirectories(node: NonNullable<KalpaConfig['node']>, flag: string | undefined, http: string): void {
  const theirs = (flag ?? '')
    .split(',')
    .map(trimmed)
    .filter((dir) => dir !== '');
  const ours = node.dataDirs.map(trimmed);
  if (theirs.length === ours.length && theirs.every((dir) => ours.includes(dir))) return;
  throw new WrongNode(
    `The tserver at ${http} uses the data directories ${theirs.join(', ') || '(none reported)'}, but kalpa.yaml says ${ours.join(', ')}. Correct node.dataDirs, or start this worker beside its own tserver.`,
  );
}

/** The masters must list this uuid under this very address: queues are named by it. */
async function refuseOtherTserver(
  node: NonNullable<KalpaConfig['node']>,
  uuid: string,
  yugabyte: Yugabyte,
): Promise<void> {
  const listed = await yugabyte.tservers();
  const mine = listed.find((tserver) => tserver.uuid === uuid);
  if (mine?.address === node.address) return;
  const byAddress = listed.find((tserver) => tserver.address === node.address);
  throw new WrongNode(
    mine
      ? `The masters list tserver ${uuid} as ${mine.address}, but kalpa.yaml says ${node.address}. Set node.address to ${mine.address}.`
      : `The masters do not list tserver ${uuid} of ${node.dataDirs.join(', ')}${byAddress ? `; ${node.address} is tserver ${byAddress.uuid}` : ''}. Check node.dataDirs and masters in kalpa.yaml.`,
  );
}

/** Whether waiting can't fix it: another node's configuration stays wrong. */
export function isPermanent(error: unknown): error is Error {
  return error instanceof WrongNode || error instanceof InstanceUnreadable;
}

const trimmed = (path: string): string => path.trim().replace(/\/+$/, '');
