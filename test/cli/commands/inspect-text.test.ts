import { unprotected } from '../../../src/activities/control/inspect/protection';
import { inspectText } from '../../../src/cli/commands/inspect';
import type { InspectClusterResult } from '../../../src/contract';

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
      lastRehearsal: { backupId: 'x', provedAt: '2026-11-20T01:00:00Z', level: 'counts', recoveryTimeSeconds: 41 },
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
      PROVED: '2 days ago',
      'NEXT RUN': 'backup in 6 h',
    });
    expect(rowOf(text, 'ycql.shop')).toMatchObject({
      'NEWEST BACKUP': 'none',
      'RECOVERABLE TO': 'no moment',
      PROVED: 'never',
      'NEXT RUN': 'dump: paused',
    });
    expect(text).toContain('ON DISK: data files of all replicas.');
  });

  it.each([120, 80, 70, 60, 40, 24])('22.24: nothing is wider than a terminal of %d columns', (columns) => {
    const text = inspectText(found, { columns, now });
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
    if (columns >= 70)
      expect(rowOf(text, 'ysql.orders')).toMatchObject({ 'NEWEST BACKUP': '23 h ago', 'NEXT RUN': 'backup in 6 h' });
    expect(text.replace(/\s+/g, ' ')).toContain(columns >= 70 ? '23 h ago' : 'newest backup 23 h ago');
  });

  const long = `ysql.${'warehouse_of_the_north_'.repeat(2)}${'x'.repeat(17)}`; // 68: the longest there is
  const withLong = { ...found, databases: [database(long, { newestBackup: found.databases[0]?.newestBackup })] };

  it.each([100, 80, 72, 60, 30])('22.24: not even with the longest name, on %d columns', (columns) => {
    const text = inspectText(withLong, { columns, now });
    const lines = text.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    const name = lines.find((line) => line.startsWith('ysql.ware')) ?? '';
    // Whole where it fits, both ends of it where it does not.
    expect(name).toMatch(columns >= 68 ? new RegExp(`^${long}`) : /^ysql\.ware.*….*x$/);
    expect(text.replace(/\s+/g, ' ')).toMatch(/(NEWEST BACKUP.*|newest backup )23 h ago/);
  });

  it('22.24: piped, a row is one line and nothing is cut', () => {
    const lines = inspectText(withLong, { now }).split('\n');
    expect(lines.find((line) => line.startsWith(long))).toMatch(
      / {2}120 +4,800 +39\.5 MB +23 h ago +no moment +never +no schedule$/,
    );
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
  ])('22.24: a database with %s is not a finding', (_, more) => {
    expect(unprotected({ ...database('ysql.orders'), ...more })).toEqual([]);
  });
});
