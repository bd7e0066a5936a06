import { layout } from '../../src/repository';
import { CLUSTER } from './witness';
import type { World } from './world';

/**
 * Someone who may create objects, and has no key, writes whatever could harm a backup: that it was deleted, given back
 * to be swept, closed, damaged, proved, or that it is held no more.
 */
export function forge(world: World, id: string): void {
  const { memory, clockwork, draws } = world;
  const at = new Date(Math.floor(clockwork.now / 1000) * 1000);
  const said = { format: 1, backupId: id, cluster: CLUSTER, at: at.toISOString(), reason: 'forged' };
  const n = 1 + draws.below(3);
  const forgeries: [string, object][] = [
    [layout.deletion(CLUSTER, 'backup', id, n), { ...said, n, change: 'deleted' }],
    [layout.deletion(CLUSTER, 'backup', id, n), { ...said, n, change: 'sweeping' }],
    [layout.hold(CLUSTER, 'backup', id, n), { ...said, n, change: 'released' }],
    [layout.closedRecord(CLUSTER, id, 'failed'), { ...said, end: 'failed', closedAt: at.toISOString() }],
    [
      layout.verification(CLUSTER, 'backup', id, at, 'full', false),
      { ...said, level: 'full', ok: false, verifiedAt: at.toISOString(), problems: ['forged'] },
    ],
    [layout.lease(CLUSTER, 'backup', id, new Date(at.getTime() + 3_600_000), 'a stranger'), said],
  ];
  const [key, record] = forgeries[draws.below(forgeries.length)] ?? ['', {}];
  if (memory.bytesOf(key) !== undefined) return;
  memory.put(key, Buffer.from(JSON.stringify(record)));
  clockwork.tell(undefined, `${key} is forged`);
}
