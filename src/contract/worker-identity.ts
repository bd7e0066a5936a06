/** Who polls a queue, as shown in Temporal's pages and histories, and read by the doctor. */
interface WorkerPlace {
  host: string;
  pid: number;
}

/**
 * `universe`: distinguishes two clusters of the same name; absent if the masters did not answer when the worker
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

/** The universe that a control worker belongs to; undefined for another identity, and for one without it. */
export function universeOfIdentity(identity: string): string | undefined {
  return /^kalpa-control\/[^/@]+\/([^/@]+)@/.exec(identity)?.[1];
}
