import { grouped } from '../objects/grouped';
/**
 * What the records say of the data of one backup or dump. Bytes are those of files of data: small records are not
 * counted.
 */
export interface Holding {
  id: string;
  /** Bytes that it has uploaded: its own objects. */
  ownBytes: number;
  /** Whose objects it needs beside its own, and how many bytes of them. */
  refersTo?: readonly { id: string; bytes: number }[] | undefined;
  /** It is deleted and not swept: what only such ones need goes with them. */
  deleted?: boolean | undefined;
}

/**
 * Bytes, and whether they are exactly so many. Where several need a part of the same objects, records don't tell
 * whether it is the same part.
 */
export interface FreedBytes {
  bytes: number;
  /** False: at least so many. */
  exact: boolean;
}

/** Who needs how much of one owner's objects. */
interface Needed {
  /** Of all that need some: the union lies between the largest and the sum. */
  sum: number;
  largest: number;
  by: number;
}

const NO_REFERENCES: Needed = { sum: 0, largest: 0, by: 0 };

/** Tells what deletions would free, from records alone; linear in the number of references. */
export class Costs {
  private readonly holdings: ReadonlyMap<string, Holding>;
  /** By owner: what those need that are not deleted. */
  private readonly needed = new Map<string, Needed>();

  constructor(holdings: Iterable<Holding>) {
    this.holdings = new Map([...holdings].map((one) => [one.id, one]));
    for (const one of this.holdings.values()) if (one.deleted !== true) add(this.needed, one);
  }

  /** Of its own objects, what others that are not deleted need: at most so many bytes. */
  sharedBytes(id: string): number {
    return Math.min(this.holdings.get(id)?.ownBytes ?? 0, (this.needed.get(id) ?? NO_REFERENCES).sum);
  }

  /**
   * What the bucket gets back if these were deleted, too, once everything that is deleted is swept: their own objects
   * that nobody else needs, and those of deleted backups that only they need.
   */
  freedBy(ids: Iterable<string>): FreedBytes {
    const going = new Map<string, Holding>();
    for (const id of ids) {
      const one = this.holdings.get(id);
      if (one && one.deleted !== true) going.set(id, one);
    }
    const theirs = new Map<string, Needed>();
    for (const one of going.values()) add(theirs, one);
    let [atLeast, atMost] = [0, 0];
    for (const { id, ownBytes } of going.values()) {
      const others = this.others(id, theirs);
      atLeast += ownBytes - Math.min(ownBytes, others.sum);
      atMost += ownBytes - Math.min(ownBytes, others.by === 1 ? others.sum : others.largest);
    }
    for (const [owner, own] of theirs) {
      if (going.has(owner) || this.stays(owner)) continue;
      const others = this.others(owner, theirs);
      atLeast += Math.max(0, own.largest - others.sum);
      atMost += Math.min(own.sum, this.holdings.get(owner)?.ownBytes ?? own.sum);
    }
    return { bytes: atLeast, exact: atLeast === atMost };
  }

  /**
   * Of an owner's objects, what those need that are not among `theirs`. The largest of them is not known if it may have
   * been one of `theirs`.
   */
  private others(owner: string, theirs: ReadonlyMap<string, Needed>): Needed {
    const all = this.needed.get(owner) ?? NO_REFERENCES;
    const own = theirs.get(owner) ?? NO_REFERENCES;
    const [sum, by] = [all.sum - own.sum, all.by - own.by];
    return {
      sum,
      by,
      largest: own.by === 0 || own.largest < all.largest ? all.largest : Math.ceil(sum / Math.max(1, by)),
    };
  }

  private stays(owner: string): boolean {
    const one = this.holdings.get(owner);
    return one !== undefined && one.deleted !== true;
  }
}

function add(needed: Map<string, Needed>, { id, refersTo = [] }: Holding): void {
  for (const { id: owner, bytes } of refersTo) {
    if (owner === id) continue;
    const { sum, largest, by } = needed.get(owner) ?? NO_REFERENCES;
    needed.set(owner, { sum: sum + bytes, largest: Math.max(largest, bytes), by: by + 1 });
  }
}

/** Backups and dumps of one database and label, together. */
export interface Usage {
  kind: 'backup' | 'dump';
  database: string;
  label?: string | undefined;
  count: number;
  /** What each of them holds, counted for each: what a restore reads. */
  bytes: number;
  /** What they have uploaded and what stands in the bucket because of them. */
  ownBytes: number;
  /** What the bucket would get back without them. */
  freed: FreedBytes;
}

export interface UsageInput extends Holding {
  kind: 'backup' | 'dump';
  database: string;
  label?: string | undefined;
  bytes: number;
}

/** Totals by database and label, in the order of their names; what is deleted and not swept is counted apart. */
export function usageOf(all: readonly UsageInput[]): {
  groups: Usage[];
  total: Omit<Usage, 'kind' | 'database'>;
  deletedBytes: number;
} {
  const costs = new Costs(all);
  const there = all.filter(({ deleted }) => deleted !== true);
  const groups = grouped(there, ({ kind, database, label }) => JSON.stringify([kind, database, label ?? '']));
  const sums = (of: readonly UsageInput[]) => ({
    count: of.length,
    bytes: of.reduce((sum, { bytes }) => sum + bytes, 0),
    ownBytes: of.reduce((sum, { ownBytes }) => sum + ownBytes, 0),
    freed: costs.freedBy(of.map(({ id }) => id)),
  });
  return {
    groups: [...groups]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, of]) => {
        const { kind, database, label } = of[0] as UsageInput;
        return { kind, database, label, ...sums(of) };
      }),
    total: sums(there),
    deletedBytes: all.reduce((sum, { deleted, ownBytes }) => sum + (deleted === true ? ownBytes : 0), 0),
  };
}
