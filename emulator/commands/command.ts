import type { Cluster } from '../cluster';
import { databaseNameOf } from '../cql/catalog/keyspace-name';
import { has, type Feature } from '../releases';
import type { DatabaseState, SnapshotState } from '../state';

/** One call as the master receives it. */
export interface Call {
  cluster: Cluster;
  args: string[];
  /** Of the host that runs yb-admin. */
  timeZone: string;
  excludeDead: boolean;
  /** Whether the client has given up: anything that it would do before its request to the master has no effect. */
  overdue: () => boolean;
  /** Content of the file to import, which the client reads. */
  file?: Buffer;
}

export interface Answer {
  stdout: string;
  /** What the client writes to the file that its second argument names. */
  file?: Buffer;
}

export interface Command {
  /** As printed in the usage text. */
  usage: string;
  /** Number of arguments; a wrong number gets yb-admin's own message. */
  count: [least: number, most: number];
  run(call: Call): Answer | Promise<Answer>;
}

export const lines = (...text: string[]): Answer => ({ stdout: text.map((line) => `${line}\n`).join('') });

/** `MasterErrorPB.Code` */
export const MASTER = {
  OBJECT_NOT_FOUND: 3,
  OBJECT_ALREADY_PRESENT: 4,
  NAMESPACE_NOT_FOUND: 11,
  SNAPSHOT_NOT_FOUND: 22,
  PARALLEL_SNAPSHOT_OPERATION: 25,
  SNAPSHOT_IS_NOT_READY: 26,
} as const;

type Code =
  | 'Invalid argument'
  | 'Already present'
  | 'Not found'
  | 'Illegal state'
  | 'Service unavailable'
  | 'Try again'
  | 'Not implemented'
  | 'Corruption'
  | 'IO error'
  | 'Internal error'
  | 'Timed out';

/** A status other than OK. yb-admin prints it with its own prefix and exits with 1. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  constructor(
    readonly code: Code,
    /** Source file and line that the status names. */
    readonly source: string,
    message: string,
    readonly masterError?: number,
  ) {
    super(message);
  }
}

/**
 * Marks the point at which the client asks the master for a snapshot. Before that, it lists the tables, each RPC within
 * its time-out (`CreateNamespaceSnapshot` and `CreateSnapshot` of src/yb/tools/yb-admin_client.cc). In the emulator the
 * flush takes this time, and is slow under DDL. A client that gave up during the flush never asks, so it creates no
 * snapshot later.
 */
export function askMaster({ overdue }: Pick<Call, 'overdue'>): void {
  if (overdue())
    throw new StatusError('Timed out', 'yb/rpc/outbound_call.cc:489', 'nobody is waiting for this any more');
}

export const wrongArguments = (message = 'Invalid arguments for operation'): StatusError =>
  new StatusError('Invalid argument', 'yb/tools/yb-admin_cli.cc:224', message);

/** What this cluster's release supports. */
export const can = ({ options }: Cluster, feature: Feature): boolean => has(options.dialect, feature);

export function snapshotOf({ state }: Cluster, id: string): SnapshotState {
  const found = state.snapshots.find((snapshot) => snapshot.id === id.toLowerCase() && snapshot.state !== 'DELETED');
  if (found) return found;
  throw new StatusError(
    'Not found',
    'yb/master/master_snapshot_coordinator.cc:900',
    `Could not find snapshot: ${id}`,
    MASTER.SNAPSHOT_NOT_FOUND,
  );
}

/** A database or keyspace by its name; a name without the prefix `ysql.` or `ycql.` is of the API `otherwise`. */
export async function databaseOf(
  cluster: Cluster,
  text: string,
  otherwise: 'ysql' | 'ycql' = 'ysql',
): Promise<DatabaseState> {
  const [, api = otherwise, name = ''] = /^(?:(ysql|ycql)\.)?([\s\S]*)$/.exec(text) ?? [];
  const found = await cluster.databases.named(api === 'ycql' ? databaseNameOf(name) : name);
  if (found) return found;
  throw new StatusError(
    'Invalid argument',
    'yb/tools/yb-admin_client.cc:300',
    `Namespace '${name}' of type '${api}' not found`,
  );
}

export const tserverAddress = ({ options }: Cluster, tserver: number): string =>
  `${options.host}:${options.ports.tserverRpc[tserver] ?? 0}`;
export const masterAddress = ({ options }: Cluster): string => `${options.host}:${options.ports.masterRpc}`;

/** As users know it: a keyspace by its own name. */
type Named = Pick<DatabaseState, 'name' | 'keyspace'>;

export const shownName = ({ name, keyspace }: Named): string => keyspace ?? name;
export const apiOf = ({ keyspace }: Pick<Named, 'keyspace'>): 'ysql' | 'ycql' =>
  keyspace === undefined ? 'ysql' : 'ycql';
