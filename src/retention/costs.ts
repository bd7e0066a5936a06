import { grouped } from '../objects/grouped';
/** What the records say about the data of one backup or dump. Only data files are counted; small records are not. */
export interface Holding {
  id: string;
  /** Size of its own objects, the ones that it uploaded. */
  ownBytes: number;
  /** The backups whose objects it needs besides its own, and how many bytes of each. */
  refersTo?: readonly { id: string; bytes: number }[] | undefined;
  /** It is deleted but not yet swept: what only such backups need goes with them. */
  deleted?: boolean | undefined;
}

/**
 * Bytes, and whether the number is exact. If several backups need part of the same objects, the records don't say
 * whether it is the same part.
 */
export interface FreedBytes {
  bytes: number;
  /** False: a lower bound. */
  exact: boolean;
}

/** Which backups need how much of one owner's objects. */
interface Needed {
  /** Over all that need some: the union lies between the largest and the sum. */
  sum: number;
  largest: number;
  by: number;
}

const NO_REFERENCES: Needed = { sum: 0, largest: 0, by: 0 };

/** Calculates what deletions would free, from records only; linear in the number of references. */
export class Costs {
  private readonly holdings: ReadonlyMap<string, Holding>;
  /** By owner: what backups that are not deleted need. */
  private readonly needed = new Map<string, Needed>();

  constructor(holdings: Iterable<Holding>) {
    this.holdings = new Map([...holdings].map((one) => [one.id, one]));
    for (const one of this.holdings.values()) if (one.deleted !== true) add(this.needed, one);
  }

  /** How much of its own objects other backups that are not deleted need: an upper bound in bytes. */
  sharedBytes(id: string): number {
    return Math.min(this.holdings.get(id)?.ownBytes ?? 0, (this.needed.get(id) ?? NO_REFERENCES).sum);
  }

  /**
   * What would be freed if these were deleted as well, once everything that is deleted is swept: their own objects that
   * no other backup needs, and those of deleted backups that only they need.
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
   * How much of an owner's objects is needed by backups that are not among `theirs`. The largest need is unknown if it
   * may have been that of one of `theirs`.
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

/** All backups and dumps of one database and label. */
export interface Usage {
  kind: 'backup' | 'dump';
  database: string;
  label?: string | undefined;
  count: number;
  /** The total size of their contents, each counted in full: what restores would read. */
  bytes: number;
  /** What they have uploaded, and what is in the bucket because of them. */
  ownBytes: number;
  /** What would be freed without them. */
  freed: FreedBytes;
}

export interface UsageInput extends Holding {
  kind: 'backup' | 'dump';
  database: string;
  label?: string | undefined;
  bytes: number;
}

/** Totals by database and label, sorted by name; what is deleted but not yet swept is counted separately. */
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
