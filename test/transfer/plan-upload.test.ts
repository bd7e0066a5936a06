import fc from 'fast-check';
import {
  PACK_BYTES,
  PACK_ENTRIES,
  PACK_FILE_BYTES,
  partBytes,
  planPacks,
  planUpload,
} from '../../src/transfer/upload/plan-upload';
import { SLOT_BYTES } from '../../src/transfer/limits/slot-pool';
import type { SourceFile } from '../../src/transfer';

const MIB = 1024 * 1024;
const file = (path: string, size: number): SourceFile => ({ path, size, mtimeNs: '1', inode: '1', birthtimeNs: '1' });
const files = (most: number) =>
  fc.uniqueArray(fc.record({ path: fc.string({ minLength: 1 }), size: fc.integer({ min: 0, max: most }) }), {
    selector: ({ path }) => path,
    maxLength: 200,
  });

describe('packs', () => {
  it('hold every file once, back to back, within their bounds, whatever the order of the list', () => {
    fc.assert(
      fc.property(files(PACK_FILE_BYTES), fc.integer(), (list, seed) => {
        const sources = list.map(({ path, size }) => file(path, size));
        const packs = planPacks(sources);
        const shuffled = [...sources].sort((a, b) => ((a.path.length * seed) % 7) - ((b.path.length * seed) % 7));
        expect(planPacks(shuffled)).toEqual(packs);
        expect(packs.flatMap((pack) => pack.entries.map((entry) => entry.file.path))).toEqual(
          sources.map(({ path }) => path).sort(),
        );
        for (const [n, pack] of packs.entries()) {
          expect(pack.n).toBe(n);
          expect(pack.size).toBeLessThanOrEqual(PACK_BYTES);
          expect(pack.entries.length).toBeLessThanOrEqual(PACK_ENTRIES);
          let end = 0;
          for (const entry of pack.entries) {
            expect(entry.offset).toBe(end);
            end += entry.file.size;
          }
          expect(end).toBe(pack.size);
        }
      }),
    );
  });

  it('end at 4,096 files', () => {
    const packs = planPacks(Array.from({ length: 4_097 }, (_, i) => file(`${i}`, 1)));
    expect(packs.map((pack) => pack.entries.length)).toEqual([4_096, 1]);
  });
});

describe('an upload plan', () => {
  it('covers every file once, each in the form that suits its size', () => {
    fc.assert(
      fc.property(files(64 * MIB), (list) => {
        const units = planUpload(list.map(({ path, size }) => file(path, size)));
        const paths = units.flatMap((unit) =>
          unit.kind === 'pack' ? unit.entries.map((entry) => entry.file.path) : [unit.file.path],
        );
        expect(paths.sort()).toEqual(list.map(({ path }) => path).sort());
        for (const unit of units) {
          if (unit.kind === 'single') expect(unit.size).toBeLessThanOrEqual(SLOT_BYTES);
          if (unit.kind === 'multipart') expect(unit.size).toBeGreaterThan(SLOT_BYTES);
        }
      }),
    );
  });

  it.each([
    [MIB, 'pack'],
    [MIB + 1, 'single'],
    [16 * MIB, 'single'],
    [16 * MIB + 1, 'multipart'],
  ])('makes of %i bytes a %s', (size, kind) => {
    expect(planUpload([file('a', size)]).map((unit) => unit.kind)).toEqual([kind]);
  });
});

describe('part size', () => {
  it('keeps any file within 9,000 parts of whole MiB', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 * 1024 * 1024 }), (mib) => {
        const size = mib * MIB - 1;
        expect(Math.ceil(size / partBytes(size))).toBeLessThanOrEqual(9_000);
        expect(partBytes(size) % MIB).toBe(0);
        expect(partBytes(size)).toBeGreaterThanOrEqual(16 * MIB);
      }),
    );
  });

  it('is one slot up to 140 GiB', () => {
    expect(partBytes(9_000 * 16 * MIB)).toBe(16 * MIB);
    expect(partBytes(9_000 * 16 * MIB + 1)).toBe(17 * MIB);
  });
});
