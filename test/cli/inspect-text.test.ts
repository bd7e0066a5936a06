import { unprotected } from '../../src/activities/control/inspect/unprotected';
import { inspectText } from '../../src/cli/commands/inspect';
import type { InspectClusterResult } from '../../src/contract';

const now = new Date('2026-11-22T02:00:00Z');
const database = (name: string, more: Partial<InspectClusterResult['databases'][number]> = {}) => ({
  ...{ database: name, tables: 120, tablets: 4_800, bytes: 39_500_000, recoverable: [], nextRuns: [] },
  ...more,
});
const found: InspectClusterResult = {
  cluster: 'orders-prod',
  version: '2025.1.1.0',
  dialect: '2025.1',
  nodes: [{ node: 'yb-1.internal:9100', alive: true, worker: true, freeBytes: 82_500_000_000 }],
  databases: [
    database('ysql.orders', {
      newestBackup: { backupId: 'ysql.orders-20261121T020007Z-3fa9c1', recoveryPoint: '2026-11-21T02:00:07.123456Z' },
      newestRecoveryPoint: { at: '2026-11-22T01:59:50.000000Z', by: 'schedule 1', ageSeconds: 10 },
      nextRuns: [{ schedule: 's', operation: 'backUpDatabase', at: '2026-11-22T08:00:00Z' }],
    }),
    database('ycql.shop', { nextRuns: [{ schedule: 's', operation: 'dumpDatabase' }] }),
  ],
  store: { safe: true, findings: [] },
  problems: [],
};

/** What stands under each title. */
function rowOf(text: string, name: string): Record<string, string> {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.startsWith('DATABASE'));
  const titles = [...(lines[at] ?? '').matchAll(/\S+(?: \S+)*/g)];
  const row = lines.slice(at).find((line) => line.startsWith(name)) ?? '';
  return Object.fromEntries(titles.map((title, i) => [title[0], row.slice(title.index, titles[i + 1]?.index).trim()]));
}

describe('kalpa inspect', () => {
  it('22.24: a backup’s age stands under NEWEST BACKUP, the last moment that can be had back under RECOVERABLE TO', () => {
    const text = inspectText(found, { columns: 200, now });
    expect(rowOf(text, 'ysql.orders')).toEqual({
      DATABASE: 'ysql.orders',
      TABLES: '120',
      TABLETS: '4,800',
      'ON DISK': '39.5 MB',
      'NEWEST BACKUP': '23 h ago',
      'RECOVERABLE TO': '10 s ago',
      'NEXT RUN': 'backup in 6 h',
    });
    expect(rowOf(text, 'ycql.shop')).toMatchObject({
      'NEWEST BACKUP': 'none',
      'RECOVERABLE TO': 'no moment',
      'NEXT RUN': 'dump: paused',
    });
    expect(text).toContain('ON DISK: data files of all replicas.');
  });

  it.each([
    [80, undefined],
    [80, 80],
    [70, 70],
  ])('22.24: is at most %d columns wide on a terminal of %d', (atMost, columns) => {
    const text = inspectText(found, { columns, now });
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(Math.max(atMost, 80));
    const table = text.split('\n').filter((line) => /^(DATABASE|y[sc]ql)/.test(line));
    expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(atMost);
    expect(rowOf(text, 'ysql.orders')).toMatchObject({ 'NEWEST BACKUP': '23 h ago', 'NEXT RUN': 'backup in 6 h' });
  });

  it('22.24: a database with neither a backup nor a schedule that makes one is a finding', () => {
    expect(unprotected(database('ysql.orders'))).toEqual([
      'ysql.orders has neither a backup nor a schedule that makes one: kalpa backup ysql.orders, or kalpa schedule add backup ysql.orders.',
    ]);
    const snapshots = [{ schedule: 's', operation: 'createSnapshot', at: '2026-11-22T08:00:00Z' }];
    expect(unprotected(database('ysql.orders', { nextRuns: snapshots }))).toHaveLength(1);
    expect(
      unprotected(database('ysql.orders', { nextRuns: [{ schedule: 's', operation: 'backUpDatabase' }] })),
    ).toHaveLength(1);
  });

  it.each([
    ['a backup', { newestBackup: { backupId: 'b', recoveryPoint: 'r' } }],
    ['a schedule', { nextRuns: [{ schedule: 's', operation: 'backUpDatabase', at: '2026-11-22T08:00:00Z' }] }],
    ['no table', { tables: 0 }],
    ['schedules that nobody could ask for', { nextRuns: undefined }],
  ])('22.24: one with %s is none', (_, more) => {
    expect(unprotected({ ...database('ysql.orders'), ...more })).toEqual([]);
  });
});
