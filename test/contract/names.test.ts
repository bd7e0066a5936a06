import {
  backupId,
  childId,
  clusterOfQueue,
  clusterQueue,
  encodeForId,
  guardianId,
  nodeControlQueue,
  nodeQueue,
  workflowIds,
} from '../../src/contract';
import { encodeName, parseBackupId } from '../../src/repository';

describe('names', () => {
  it('of task queues hold the cluster, and the node', () => {
    expect(clusterOfQueue(clusterQueue('orders-prod'))).toBe('orders-prod');
    expect(clusterOfQueue(nodeQueue('demo', '127.0.0.1:9100'))).toBeUndefined();
    expect(clusterOfQueue('default')).toBeUndefined();
    expect(nodeControlQueue('demo', '127.0.0.1:9100')).toBe('kalpa/demo/127.0.0.1:9100/control');
  });

  it('of backups are the same through retries and resets', () => {
    const at = new Date('2026-11-22T02:00:07.999Z');
    expect(backupId('ysql.orders', at, '01a20612-7777-4aaa-8bbb-0000003fa9c1')).toBe(
      'ysql.orders-20261122T020007Z-3fa9c1',
    );
  });

  it.each(['ysql.orders', `ysql.we"ird 'näme' 顧客`, 'ysql.slash/and%percent', "ysql.!'()*~"])(
    'of %j are written alike in ids and in keys',
    (database) => {
      const run = '01a20612-7777-4aaa-8bbb-0000003fa9c1';
      const at = new Date('2026-11-22T02:00:07Z');
      expect(encodeForId(database)).toBe(encodeName(database));
      expect(encodeForId(database)).toMatch(/^[A-Za-z0-9_.%-]+$/);
      expect(parseBackupId(backupId(database, at, run))).toEqual({ database, startedAt: at, run: '3fa9c1' });
    },
  );

  it('of guardians and children say what they belong to', () => {
    expect(guardianId('demo', 'ysql.a/b')).toBe('busy/demo/ysql.a%2Fb');
    expect(childId({ workflowId: 'now-1', firstExecutionRunId: '01a20612-7777' }, 'copy-1')).toBe(
      'now-1/01a206/copy-1',
    );
    expect(workflowIds.backup('demo', 'ysql.orders', new Date('2026-11-22T02:00:07Z'))).toBe(
      'backup/demo/ysql.orders/20261122T020007Z',
    );
  });
});
