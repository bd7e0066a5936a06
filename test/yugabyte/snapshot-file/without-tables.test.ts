import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSnapshotFile, SnapshotFileInvalid, withoutTables } from '../../../src/yugabyte';
import { readContainer, writeContainer } from '../../../src/yugabyte/snapshot-file/container';

const fixture = (name: string): Buffer => readFileSync(join(__dirname, '../../fixtures/snapshot-file', name));
const INDEX = '00004000000030008000000000004003';

describe.each(['orders-format-2.pb', 'orders-format-3.pb', 'colocated.pb'])('%s', (name) => {
  it('without nothing is the same file, byte for byte', () =>
    expect(withoutTables(fixture(name), new Set()).equals(fixture(name))).toBe(true));
});

it('a table is taken out with its tablets; all else stays', () => {
  const before = decodeSnapshotFile(fixture('orders-format-3.pb'));
  const after = decodeSnapshotFile(withoutTables(fixture('orders-format-3.pb'), new Set([INDEX])));
  expect(after).toEqual({
    ...before,
    tables: before.tables.filter(({ id }) => id !== INDEX),
    tablets: before.tablets.filter(({ tableIds }) => !tableIds.includes(INDEX)),
  });
  expect(before.tables.length - after.tables.length).toBe(1);
  expect(before.tablets.length - after.tablets.length).toBe(1);
});

it('the tablet of a colocation group stays when one of its tables is taken out', () => {
  const before = decodeSnapshotFile(fixture('colocated.pb'));
  const index = before.tables.find(({ kind }) => kind === 'index')?.id ?? '';
  const after = decodeSnapshotFile(withoutTables(fixture('colocated.pb'), new Set([index])));
  expect(after.tables.map(({ kind }) => kind)).toEqual(['colocationParent', 'table']);
  expect(after.tablets).toEqual(before.tablets);
});

it('a message that is cut off or damaged is refused for what it is', () => {
  const { header, message } = readContainer(fixture('orders-format-3.pb'));
  const cutOff = writeContainer({ header, message: message.subarray(0, -5) });
  expect(() => withoutTables(cutOff, new Set([INDEX]))).toThrow(SnapshotFileInvalid);
  const row = Buffer.from(message);
  row.fill(0xff, row.length - 40);
  expect(() => withoutTables(writeContainer({ header, message: row }), new Set([INDEX]))).toThrow(SnapshotFileInvalid);
});
