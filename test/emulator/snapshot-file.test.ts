import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BadContainer, crc32c } from '../../emulator/protobuf-container';
import { decodeSnapshotFile, encodeSnapshotFile } from '../../emulator/snapshots/snapshot-file';
import type { SnapshotState } from '../../emulator/state';

const fixture = (name: string): Buffer => readFileSync(join(__dirname, '../fixtures/snapshot-file', `${name}.pb`));

it('computes CRC-32C: the check value of RFC 3720', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
});

it.each([2, 3])('reads an exported file of format %d', (formatVersion) => {
  expect(decodeSnapshotFile(fixture(`orders-format-${formatVersion}`))).toEqual({
    id: '0d4b4935-2c95-4523-95ab-9ead1e95e794',
    state: 'COMPLETE',
    micros: '1723239736451974',
    formatVersion,
    databaseId: '00004000000030008000000000000000',
    databaseName: 'orders',
    ycql: false,
    tables: [
      expect.objectContaining({ id: '00004000000030008000000000004001', schema: 'public', name: 't1' }),
      expect.objectContaining({ name: 't1_idx', indexedTableId: '00004000000030008000000000004001' }),
      expect.objectContaining({ schema: 'odd schema', name: 'Totals "of" the day' }),
    ],
  });
  const [table] = decodeSnapshotFile(fixture('orders-format-2')).tables;
  expect(table?.tablets.map(({ start, end }) => [start, end])).toEqual([
    ['', '5555'],
    ['5555', 'AAAA'],
    ['AAAA', ''],
  ]);
});

it('counts a tablet of a colocated group once', () => {
  expect(decodeSnapshotFile(fixture('colocated')).tables.flatMap(({ tablets }) => tablets)).toHaveLength(1);
});

it.each([
  'bad-magic',
  'bad-container-version',
  'bad-checksum',
  'cut-short',
  'without-data-record',
  'trailing-bytes',
  'other-message',
])('refuses a file that is damaged: %s', (name) => {
  expect(() => decodeSnapshotFile(fixture(name))).toThrow(BadContainer);
});

it('writes what it reads, with names of any kind', () => {
  const snapshot: SnapshotState = {
    id: '0d4b4935-2c95-4523-95ab-9ead1e95e794',
    state: 'COMPLETE',
    databaseOid: 16384,
    databaseId: '00004000000030008000000000000000',
    databaseName: 'a "b" / % ü',
    micros: '1723239736451974',
    imported: false,
    createdMs: 0,
    tables: [
      {
        id: '00004000000030008000000000004001',
        oid: 16385,
        filenode: 16385,
        schema: 'odd schema',
        name: 'těbl "e"',
        kind: 'r',
        columns: [{ number: 1, name: 'id', missing: null }],
        key: [1],
        tablets: [
          {
            id: '21c5ef2d9c7a4b7fb0a4a2a0f0f5a101',
            start: '',
            end: '',
            leader: 0,
            replicas: [0, 1, 2],
            nextFile: 10,
            files: [],
          },
        ],
      },
    ],
  };
  expect(decodeSnapshotFile(encodeSnapshotFile(snapshot, '2025.1'))).toEqual({
    id: snapshot.id,
    state: 'COMPLETE',
    micros: snapshot.micros,
    formatVersion: 2,
    databaseId: snapshot.databaseId,
    databaseName: snapshot.databaseName,
    ycql: false,
    tables: [
      {
        id: '00004000000030008000000000004001',
        schema: 'odd schema',
        colocated: false,
        name: 'těbl "e"',
        tablets: [{ id: '21c5ef2d9c7a4b7fb0a4a2a0f0f5a101', start: '', end: '' }],
      },
    ],
  });
});
