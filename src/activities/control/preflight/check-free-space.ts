import type { ManifestHeader } from '../../../repository';
import type { Tserver } from '../../../yugabyte';
import type { NodeState } from '../../internal-types';
import type { Checks } from './checks';

/** Bytes that must remain free on a node after its share has been placed. */
const SPARE = 1.1;

/**
 * A tserver refuses writes when less is free (`reject_writes_min_disk_space_mb`: by default 10 s of
 * `max_disk_throughput_mbps`, 300 MB). A snapshot keeps files that a compaction would free, so none is taken there.
 */
const SNAPSHOT_FLOOR_BYTES = 3_000_000_000;

/** A node's disk is nearly full: existing snapshots are the first suspects (#15084, #29388). Fault 20. */
export function checkFreeSpaceForSnapshot(checks: Checks, tservers: readonly Tserver[]): void {
  for (const { address, alive, smallestFreeBytes: free } of tservers) {
    if (!alive || free === undefined || free >= SNAPSHOT_FLOOR_BYTES) continue;
    checks.add(
      'PreflightFailed',
      `A disk of ${address} has ${free} bytes free, and a snapshot keeps files that would otherwise be freed: none is taken below ${SNAPSHOT_FLOOR_BYTES} bytes. Free space there; old snapshots may occupy it: kalpa snapshot list.`,
      { node: address, freeBytes: free, neededBytes: SNAPSHOT_FLOOR_BYTES },
    );
  }
}

/** Every node has free space for its share of a restore, as reported by its worker and by the masters. Fault 44. */
export function checkFreeSpaceForRestore(
  checks: Checks,
  tservers: readonly Tserver[],
  { nodes, header, replicationFactor }: { nodes: NodeState[]; header: ManifestHeader; replicationFactor: number },
): void {
  const needed = Math.ceil((header.totals.bytes * replicationFactor * SPARE) / Math.max(1, nodes.length));
  for (const { uuid, address, worker } of nodes) {
    const reported = tservers.find((tserver) => tserver.uuid === uuid)?.smallestFreeBytes;
    const free = Math.min(worker?.freeBytes ?? Infinity, reported ?? Infinity);
    if (free >= needed) continue;
    checks.add(
      'PreflightFailed',
      `${address} has ${free} bytes free, and its share of the restore needs about ${needed}. Free space there, or add nodes.`,
      { node: address, freeBytes: free, neededBytes: needed },
    );
  }
}
