import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SnapshotFileInvalid } from '../../../src/yugabyte/errors';
import { crc32c } from '../../../src/yugabyte/snapshot-file/crc32c';
import { decodeSnapshotFile } from '../../../src/yugabyte/snapshot-file/decode-snapshot-file';
import { tilesKeySpace } from '../../../src/yugabyte/snapshot-file/tiles-key-space';

const fixture = (name: string): Buffer => readFileSync(join(__dirname, '../../fixtures/snapshot-file', name));
const T1 = '00004000000030008000000000004001';

describe('an exported snapshot file', () => {
  it.each([
    ['orders-format-2.pb', 2],
    ['orders-format-3.pb', 3],
  ])('%s gives the snapshot, its database, tables and tablets', (name, formatVersion) => {
    const file = decodeSnapshotFile(fixture(name));
    expect(file).toMatchObject({
      snapshotId: '0d4b4935-2c95-4523-95ab-9ead1e95e794',
      snapshotMicros: '1723239736451974',
      hybridTime: ((1723239736451974n << 12n) | 5n).toString(),
      formatVersion,
      database: { id: '00004000000030008000000000000000', name: 'orders', colocated: false },
    });
    expect(file.tables.map(({ columns: _, ...table }) => table)).toEqual([
      { id: T1, name: 't1', schema: 'public', kind: 'table', colocated: false, hidden: false },
      {
        id: '00004000000030008000000000004003',
        name: 't1_idx',
        schema: 'public',
        kind: 'index',
        indexedTableId: T1,
        colocated: false,
        hidden: false,
      },
      {
        id: '00004000000030008000000000004009',
        name: 'Totals "of" the day',
        schema: 'odd schema',
        kind: 'matview',
        colocated: false,
        hidden: false,
      },
    ]);
    expect(file.tables.map(({ columns }) => columns)).toEqual(Array(3).fill([{ id: 10, name: 'id' }]));
    expect(
      file.tablets.map(({ id, tableIds, partitionStart, partitionEnd }) => [
        id.slice(-2),
        tableIds[0] === T1,
        partitionStart,
        partitionEnd,
      ]),
    ).toEqual([
      ['01', true, '', '5555'],
      ['02', true, '5555', 'AAAA'],
      ['03', true, 'AAAA', ''],
      ['04', false, '', ''],
      ['05', false, '', ''],
    ]);
    expect(tilesKeySpace(file.tables, file.tablets)).toEqual({ complete: true, problems: [] });
  });

  it('lists the tablet of a colocation group once, with all its tables', () => {
    const file = decodeSnapshotFile(fixture('colocated.pb'));
    expect(file.tablets).toHaveLength(1);
    expect(file.tablets[0]?.tableIds).toHaveLength(3);
    expect(file.tables.map(({ kind, schema }) => [kind, schema])).toEqual([
      ['colocationParent', ''],
      ['table', 'public'],
      ['index', 'public'],
    ]);
    expect(tilesKeySpace(file.tables, file.tablets).complete).toBe(true);
  });

  it.each(['vector-index.pb', 'vector-index-listed.pb', 'vector-index-colocated.pb'])(
    '24.5: %s: a vector index lies in the tablets of its table',
    (name) => {
      const { tables, tablets } = decodeSnapshotFile(fixture(name));
      expect(tables.at(-1)).toMatchObject({ kind: 'index', indexedTableId: T1, vectorIndex: true });
      expect(tables.filter(({ vectorIndex }) => vectorIndex)).toHaveLength(1);
      expect(tilesKeySpace(tables, tablets)).toEqual({ complete: true, problems: [] });
      // What the tablet's directory is named after, whatever the order.
      expect(tablets[0]?.tableIds[0]).toBe(name.includes('colocated') ? tables[0]?.id : T1);
      // A tablet that is lost is still found: of the table that both lie in.
      expect(tilesKeySpace(tables, tablets.slice(1)).complete).toBe(false);
    },
  );

  it.each([
    ['split-parent-and-children.pb', /lies inside another one|overlaps/],
    ['gap-in-key-space.pb', /no tablet covers the keys from "5555" to "AAAA"/],
    ['index-without-tablets.pb', /^index "public"\."t1_idx" .*: it has no tablet/],
    [
      'vector-index-without-its-table.pb',
      /t1_embedding_idx.*lies in the tablets of 0{4}4.*which is not in the snapshot/,
    ],
  ])('%s is read, and its tablets are found not to tile the key space', (name, problem) => {
    const { tables, tablets } = decodeSnapshotFile(fixture(name));
    const check = tilesKeySpace(tables, tablets);
    expect(check.complete).toBe(false);
    expect(check.problems).toEqual([expect.stringMatching(problem)]);
  });

  it.each([
    ['bad-magic.pb', /does not begin with "yugacntr"/],
    ['bad-container-version.pb', /container version is 2/],
    ['bad-checksum.pb', /checksum of its data record is wrong/],
    ['cut-short.pb', /ends inside its data record/],
    ['without-data-record.pb', /ends before its data record/],
    ['trailing-bytes.pb', /1 bytes follow its last record/],
    ['other-message.pb', /holds a yb\.master\.SysSnapshotEntryPB/],
    ['format-1.pb', /format is 1/],
    ['format-4.pb', /format is 4/],
  ])('%s is refused with one clear error', (name, message) => {
    expect(() => decodeSnapshotFile(fixture(name))).toThrow(SnapshotFileInvalid);
    expect(() => decodeSnapshotFile(fixture(name))).toThrow(message);
  });

  it('is refused wherever it is cut', () => {
    const whole = fixture('orders-format-2.pb');
    for (let length = 0; length < whole.length; length += 7)
      expect(() => decodeSnapshotFile(whole.subarray(0, length))).toThrow(SnapshotFileInvalid);
  });

  it('is refused whichever bit is flipped', () => {
    const whole = fixture('orders-format-2.pb');
    for (let at = 0; at < whole.length; at += 11) {
      const damaged = Buffer.from(whole);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 0x10, at);
      expect(() => decodeSnapshotFile(damaged)).toThrow(SnapshotFileInvalid);
    }
  });
});

it('CRC-32C has its published check value', () => {
  expect(crc32c(Buffer.from('123456789')).toString(16)).toBe('e3069283');
});
