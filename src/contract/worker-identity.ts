/** Who polls a queue, as Temporal's pages and histories show it, and as the doctor reads it. */
interface WorkerPlace {
  host: string;
  pid: number;
}

/**
 * `universe`: what tells two clusters of one name apart; absent where the masters did not answer when the worker
 * started.
 */
export function controlWorkerIdentity(
  cluster: string,
  universe: string | undefined,
  { host, pid }: WorkerPlace,
): string {
  return `kalpa-control/${cluster}${universe === undefined ? '' : `/${universe}`}@${host}:${pid}`;
}

export function janitorWorkerIdentity(cluster: string, { host, pid }: WorkerPlace): string {
  return `kalpa-janitor/${cluster}@${host}:${pid}`;
}

export function nodeWorkerIdentity(address: string, { host, pid }: WorkerPlace): string {
  return `kalpa-node/${address}@${host}:${pid}`;
}

/** The universe that a control worker works for; undefined for another identity, and for one that tells none. */
export function universeOfIdentity(identity: string): string | undefined {
  return /^kalpa-control\/[^/@]+\/([^/@]+)@/.exec(identity)?.[1];
}
