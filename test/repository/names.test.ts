import fc from 'fast-check';
import { backupId } from '../../src/contract';
import { decodeName, encodeKeyPart, encodeName, layout, parseBackupId } from '../../src/repository';
import { relativeToCluster, inCluster } from '../../src/repository/layout/layout';

const RUN = '0192f0c1-aaaa-7bbb-8ccc-ddddee3fa9c1';
const startedAt = new Date('2026-11-22T02:00:07.891Z');

/** Any text that a database name can be: no NUL, no half surrogates. */
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 63 }).filter((text) => !text.includes('\0'));

describe('a name in ids and keys', () => {
  it.each([
    ['ysql.orders', 'ysql.orders'],
    ['ysql.a b/c%d', 'ysql.a%20b%2Fc%25d'],
    ["ysql.it's(*)!~", 'ysql.it%27s%28%2A%29%21%7E'],
    ['ysql.größe', 'ysql.gr%C3%B6%C3%9Fe'],
    ['..', '%2E%2E'],
  ])('is %s as %s', (plain, encoded) => {
    expect(encodeName(plain)).toBe(encoded);
    expect(decodeName(encoded)).toBe(plain);
  });

  it('can be read back, and has no character that a key may not have', () => {
    fc.assert(
      fc.property(name, (text) => {
        expect(encodeName(text)).toMatch(/^[A-Za-z0-9_.%-]+$/);
        expect(decodeName(encodeName(text))).toBe(text);
      }),
    );
  });

  it('is cut when it is too long for a file name, without two becoming one', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 1000 }),
        fc.string({ minLength: 1, maxLength: 1000 }),
        (a, b) => {
          expect(encodeKeyPart(a).length).toBeLessThanOrEqual(180);
          if (a !== b) expect(encodeKeyPart(a)).not.toBe(encodeKeyPart(b));
        },
      ),
    );
    const long = 'x'.repeat(999);
    expect(encodeKeyPart(`${long}a`)).not.toBe(encodeKeyPart(`${long}b`));
  });
});

describe('a backup id', () => {
  it('is made of database, start and run', () => {
    expect(backupId('ysql.orders', startedAt, RUN)).toBe('ysql.orders-20261122T020007Z-3fa9c1');
  });

  it('can be taken apart again, whatever the database is called', () => {
    fc.assert(
      fc.property(name, (text) => {
        const database = `ysql.${text}`;
        const parsed = parseBackupId(backupId(database, startedAt, RUN));
        expect(parsed).toEqual({ database, startedAt: new Date('2026-11-22T02:00:07Z'), run: '3fa9c1' });
      }),
    );
  });

  it.each([
    '',
    'orders',
    'ysql.orders-20261122T020007Z',
    'ysql.orders-20269922T020007Z-3fa9c1',
    '%zz-20261122T020007Z-3fa9c1',
  ])('is not %j', (text) => expect(parseBackupId(text)).toBeUndefined());
});

describe('keys', () => {
  const folder = { backupId: backupId('ysql.a/b', startedAt, RUN), snapshotId: 's-1' };
  const replica = { tablet: 't1', peer: 'p1' };

  it('are where repository format 1 says', () => {
    const base = 'clusters/demo/backups/ysql.a%2Fb-20261122T020007Z-3fa9c1/s-1';
    expect(layout.data('demo', folder, replica, 'intents/000010.sst')).toBe(`${base}/data/t1.p1/intents/000010.sst`);
    expect(layout.pack('demo', folder, replica, 3, '0123456789abcdef')).toBe(
      `${base}/packs/t1.p1/3-0123456789abcdef.pack`,
    );
    expect(layout.artefact('demo', folder, 'schema', '0123456789abcdef', 'sql.gz')).toBe(
      `${base}/schema-0123456789abcdef.sql.gz`,
    );
    expect(layout.segment('demo', folder, 'n1', 0, '0123456789abcdef')).toBe(
      `${base}/files/n1-0-0123456789abcdef.ndjson.gz`,
    );
    expect(layout.manifest('demo', folder.backupId)).toBe(
      'clusters/demo/manifests/ysql.a%2Fb-20261122T020007Z-3fa9c1.json',
    );
    expect(layout.closedRecord('demo', 'id', 'timed-out')).toBe('clusters/demo/closed/id-timed-out.json');
    expect(layout.operation('demo', startedAt, 'backup/demo/ysql.x/1')).toBe(
      'clusters/demo/operations/20261122T020007Z-backup%2Fdemo%2Fysql.x%2F1.json',
    );
    expect(layout.work('demo', 'a/b', 'plan-1', '0123456789abcdef')).toBe(
      'clusters/demo/work/a%2Fb/plan-1-0123456789abcdef.ndjson.gz',
    );
    expect(layout.lease('demo', 'backup', 'id', startedAt, 'restore/1')).toBe(
      'clusters/demo/leases/id/20261122T020007Z-restore%2F1.json',
    );
    expect(layout.verification('demo', 'backup', 'id', startedAt, 'sizes', true)).toBe(
      'clusters/demo/verifications/id/20261122T020007Z-sizes-ok.json',
    );
  });

  it('of two files are never the same, and none leaves its folder', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (a, b) => {
        const key = layout.data('demo', folder, replica, a);
        if (a !== b) expect(key).not.toBe(layout.data('demo', folder, replica, b));
        expect(key.split('/').some((part) => part === '.' || part === '..')).toBe(false);
      }),
    );
  });

  it('are kept relative to the cluster inside manifests', () => {
    const key = layout.pack('demo', folder, replica, 0, '0123456789abcdef');
    expect(inCluster('demo', relativeToCluster('demo', key))).toBe(key);
    expect(() => relativeToCluster('other', key)).toThrow('does not belong to cluster other');
  });
});
