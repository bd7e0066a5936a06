import { lockedStore, extendLocks, type RequestedLock, type SegmentLine } from '../../../src/repository';
import { StoreError, type ObjectLock } from '../../../src/transfer';
import { MemoryStore } from '../../support/store/memory-store';
import { DAY, fileOf, idOf } from '../retention/kept-backups';

const A = idOf(1);
const KEEP = 8 * DAY;

/** A bucket with object lock, in which an earlier backup has written files that it has locked for eight days. */
async function bucket(mode: ObjectLock['mode'] = 'governance') {
  const memory = new MemoryStore({ versioned: true, objectLock: true });
  const requests: string[] = [];
  memory.before = (operation, key) => void requests.push(`${operation} ${key.split('/').at(-1)}`);
  const at = (ms: number): string => new Date(memory.now + ms).toISOString();
  const lock = { mode, until: at(KEEP) };
  const store = lockedStore(memory.open(), lock);
  const write = async (path: string, more: Partial<SegmentLine> = {}): Promise<SegmentLine> => {
    const object = fileOf(A, path);
    const { etag, versionId = '' } = await store.create(object, Buffer.from(path));
    return {
      ...{ tablet: '1'.repeat(32), table: 't', peer: 'a'.repeat(32), path, size: 100, mtimeNs: '1', inode: '2' },
      ...{ birthtimeNs: '3', sha256: 'a'.repeat(64), crc32: 'AAAAAA==', object, etag, versionId, backup: A },
      ...{ lockedUntil: lock.until },
      ...more,
    };
  };
  /** Of a backup that begins now, and keeps its data for eight days. */
  const wanted = (as = mode): RequestedLock => ({ lock: { mode: as, until: at(KEEP) }, from: at(0) });
  return { memory, store, write, wanted, requests, at, lock };
}

describe('26.7: an object that a later backup refers to', () => {
  it('is locked for as long as that one needs it and a quarter more; the lines say until when', async () => {
    const { memory, store, write, wanted, at } = await bucket();
    const line = await write('1');
    memory.passes(DAY);
    const { kept, upload } = await extendLocks(store, [line], wanted());
    expect(upload).toEqual([]);
    expect(kept).toEqual([{ ...line, lockedUntil: at(KEEP * 1.25) }]);
    expect(await store.retention(line.object, { versionId: line.versionId })).toEqual({
      mode: 'governance',
      until: at(KEEP * 1.25),
    });
  });

  it('is left alone as long as its lock is long enough: not every backup prolongs it', async () => {
    const { memory, store, write, wanted, requests } = await bucket();
    let lines = [await write('1'), await write('2')];
    const asked: number[] = [];
    for (let day = 0; day < 6; day += 1) {
      memory.passes(DAY);
      requests.length = 0;
      lines = (await extendLocks(store, lines, wanted())).kept;
      asked.push(requests.length);
      for (const { object, lockedUntil } of lines) {
        expect((await store.retention(object))?.until).toBe(lockedUntil);
        expect(Date.parse(lockedUntil ?? '')).toBeGreaterThanOrEqual(memory.now + KEEP);
      }
    }
    expect(asked).toEqual([2, 0, 0, 2, 0, 0]);
  });

  it('is asked for once, however many of its files are referred to', async () => {
    const { memory, store, write, wanted, requests } = await bucket();
    const pack = await write('pack', { packBytes: 300 });
    const lines = [0, 100, 200].map((offset) => ({ ...pack, path: `${offset}`, offset }));
    memory.passes(DAY);
    requests.length = 0;
    expect((await extendLocks(store, lines, wanted())).kept.map(({ path }) => path)).toEqual(['0', '100', '200']);
    expect(requests).toEqual(['setRetention pack']);
  });

  it('run twice, or killed in between and run again, ends the same', async () => {
    const { memory, store, write, wanted } = await bucket();
    const lines = [await write('1'), await write('2'), await write('3')];
    memory.passes(DAY);
    let left = 2;
    memory.before = (operation) => {
      if (operation === 'setRetention' && (left -= 1) < 0) throw new Error('killed');
    };
    await expect(extendLocks(store, lines, wanted())).rejects.toThrow('killed');
    memory.before = () => undefined;
    const again = await extendLocks(store, lines, wanted());
    expect(again.kept).toHaveLength(3);
    expect(await extendLocks(store, lines, wanted())).toEqual(again);
    for (const { object, lockedUntil } of again.kept) expect((await store.retention(object))?.until).toBe(lockedUntil);
  });

  it('that was locked for longer keeps its lock, which is recorded', async () => {
    const { memory, store, write, wanted, at } = await bucket();
    const line = await write('1');
    memory.passes(DAY);
    const longer = { mode: 'governance', until: at(100 * DAY) } as const;
    await store.setRetention(line.object, longer);
    expect((await extendLocks(store, [line], wanted())).kept).toEqual([{ ...line, lockedUntil: longer.until }]);
    expect(await store.retention(line.object)).toEqual(longer);
  });

  it('in compliance mode keeps that mode where governance is configured by now', async () => {
    const { memory, store, write, wanted, at } = await bucket('compliance');
    const line = await write('1');
    memory.passes(DAY);
    expect((await extendLocks(store, [line], wanted('governance'))).kept[0]?.lockedUntil).toBe(at(KEEP * 1.25));
    expect(await store.retention(line.object)).toEqual({ mode: 'compliance', until: at(KEEP * 1.25) });
  });

  it('is locked in compliance mode for a backup of that mode, however long it is locked in governance mode', async () => {
    const { memory, store, write, wanted, at } = await bucket();
    const line = await write('1');
    const longer = { mode: 'governance', until: at(100 * DAY) } as const;
    await store.setRetention(line.object, longer);
    memory.passes(DAY);
    const [kept] = (await extendLocks(store, [{ ...line, lockedUntil: longer.until }], wanted('compliance'))).kept;
    expect(kept).toMatchObject({ lockedUntil: longer.until, lockMode: 'compliance' });
    expect(await store.retention(line.object)).toEqual({ ...longer, mode: 'compliance' });
    // The next one believes the line, and asks for nothing.
    const silent = { ...store, setRetention: () => Promise.reject(new Error('asked')) };
    expect((await extendLocks(silent, [kept as SegmentLine], wanted('compliance'))).kept).toEqual([kept]);
    // So does one of governance mode: what is stronger is strong enough.
    expect((await extendLocks(silent, [kept as SegmentLine], wanted('governance'))).kept).toEqual([kept]);
  });

  // SeaweedFS 4.44 and others: weed/s3api/s3api_object_retention.go, setObjectRetention.
  it('is uploaded again where the store changes no mode, and the reason is not that a right is missing', async () => {
    const { memory, store, write, wanted, at } = await bucket();
    const line = await write('1');
    const longer = { mode: 'governance', until: at(100 * DAY) } as const;
    await store.setRetention(line.object, longer);
    memory.passes(DAY);
    const strict = {
      ...store,
      setRetention: () =>
        Promise.reject(
          new StoreError('AccessDenied', {
            kind: 'denied',
            operation: 'PutObjectRetention',
            key: line.object,
            code: 'AccessDenied',
          }),
        ),
    };
    const { kept, upload, refused } = await extendLocks(
      strict,
      [{ ...line, lockedUntil: longer.until }],
      wanted('compliance'),
    );
    expect(kept).toEqual([]);
    expect(upload).toHaveLength(1);
    expect(refused).toMatch(/is locked in governance mode, which the store does not turn into compliance mode$/);
  });

  it('is uploaded again where it is missing or the store does not lock it, which is reported', async () => {
    const { memory, store, write, wanted } = await bucket();
    const [gone, there] = [await write('1'), await write('2')];
    memory.loses(gone.object);
    memory.passes(DAY);
    const { kept, upload, refused } = await extendLocks(store, [gone, there], wanted());
    expect(kept.map(({ path }) => path)).toEqual(['2']);
    expect(upload).toEqual([gone]);
    expect(refused).toContain(gone.object);
  });

  it('of before there were locks is locked', async () => {
    const { memory, store, wanted, write, at } = await bucket();
    const { lockedUntil: _, ...line } = await write('1');
    memory.passes(20 * DAY);
    expect((await extendLocks(store, [line], wanted())).kept[0]?.lockedUntil).toBe(at(KEEP * 1.25));
  });
});

describe('26.7: a pack of which a part is not used any more', () => {
  // 300 of 400 bytes are used. Prolonged from day d to day d + 10 it keeps 100 bytes for 2 + d days more; uploaded, 300
  // bytes stand twice for the 8 - d days that it is locked anyway.
  it.each([
    [1, 'kept'],
    [5, 'kept'],
    [7, 'upload'],
    [8, 'upload'],
  ] as const)('after %d of its 8 days: %s, whichever keeps fewer bytes for nothing', async (days, choice) => {
    const { memory, store, write, wanted } = await bucket();
    const pack = await write('pack', { packBytes: 400, offset: 0, size: 300 });
    memory.passes(days * DAY);
    expect((await extendLocks(store, [pack], wanted()))[choice]).toHaveLength(1);
  });
});
