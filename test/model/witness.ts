import { addTo } from '../../src/objects/grouped';
import type { MemoryStore } from '../support/store/memory-store';
import type { ModelCluster } from './model-cluster';
import { unpacked } from './stand-ins';

/** Who sends a request, by its rights. */
export type Role = 'control' | 'node' | 'janitor' | 'stranger';

export const CLUSTER = 'demo';
const PREFIX = `clusters/${CLUSTER}/`;

/** A file of a committed backup: where it stands, and what it was on the disk. */
export interface KnownFile {
  tablet: string;
  path: string;
  object: string;
  offset: number | undefined;
  content: Buffer;
}

/** A backup that was committed. */
export interface KnownBackup {
  id: string;
  snapshotId: string;
  uploadedBytes: number;
  files: KnownFile[];
  /** Keys of every object that it consists of, and their bytes as they were committed. */
  needs: Map<string, Buffer>;
}

interface Link {
  change: 'deleted' | 'undeleted' | 'sweeping' | 'swept';
  at: number;
}

export interface Promised {
  graceMs: number;
}

/** Something that must never be. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/**
 * Sees every write and every removal as the store does it, and knows from the disks what each backup holds. It believes
 * no code of the product, and complains at the very request that breaks a promise.
 */
export class Witness {
  readonly backups = new Map<string, KnownBackup>();
  readonly begun = new Set<string>();
  private readonly fates = new Map<string, Link[]>();
  private readonly holds = new Map<string, { held: boolean; at: number }>();
  private readonly leases = new Map<string, { until: number; at: number }[]>();
  /** Since when deletions are bound to the policies. */
  private boundSince = Infinity;
  /** Deletions that did not come to their end: what they had deleted, nobody has judged. */
  unfinished = 0;
  /** Objects that were damaged or removed from outside, as they were before. */
  readonly damaged = new Map<string, Buffer>();

  constructor(
    private readonly memory: MemoryStore,
    private readonly cluster: ModelCluster,
    private readonly promised: Promised,
    private readonly complain: (violation: Violation) => void,
  ) {}

  fateOf(id: string): Link['change'] | undefined {
    return this.fates.get(id)?.at(-1)?.change;
  }

  held(): string[] {
    return [...this.holds].filter(([, { held }]) => held).map(([id]) => id);
  }

  /** Whether a backup that was committed may be asked for, now or after it was given back. */
  private isKept(id: string): boolean {
    const fate = this.fateOf(id);
    return fate === undefined || fate === 'deleted' || fate === 'undeleted' || this.isLeased(id);
  }

  /** By a restore that had begun before it was deleted. */
  private isLeased(id: string): boolean {
    const deletedAt = this.fates.get(id)?.findLast(({ change }) => change === 'deleted')?.at ?? Infinity;
    return (this.leases.get(id) ?? []).some(({ until, at }) => until > this.memory.now && at < deletedAt);
  }

  created(key: string, bytes: Buffer, role: Role): void {
    if (role === 'stranger' || !key.startsWith(PREFIX)) return;
    const name = key.slice(PREFIX.length);
    const at = this.memory.now;
    const [, kind = '', id = ''] =
      /^(intents|manifests|tombstones|holds|leases)\/([^/]+-[0-9a-f]{6})[./]/.exec(name) ?? [];
    if (name.startsWith('policies/')) this.boundSince = Math.min(this.boundSince, at);
    if (kind === 'intents') this.begun.add(id);
    if (kind === 'manifests') this.committed(id, payloadOf(bytes));
    if (kind === 'tombstones') this.fated(id, { change: changeOf(payloadOf(bytes)), at });
    if (kind === 'holds') this.holds.set(id, { held: payloadOf(bytes)['change'] === 'held', at });
    if (kind === 'leases') {
      const until = Date.parse(String(payloadOf(bytes)['expiresAt']));
      this.leases.set(id, [...(this.leases.get(id) ?? []), { until, at }]);
    }
  }

  private committed(id: string, header: Record<string, unknown>): void {
    const { snapshotId, segments, artefacts, totals, tablets, store } = header as unknown as {
      snapshotId: string;
      segments: { key: string }[];
      artefacts: { key: string }[];
      tablets: { id: string; peer: string }[];
      totals: { uploadedBytes: number };
      store: { lock?: { until: string } };
    };
    const backup: KnownBackup = {
      id,
      snapshotId,
      uploadedBytes: totals.uploadedBytes,
      files: [],
      needs: new Map(),
    };
    const until = Date.parse(store.lock?.until ?? '') || 0;
    const need = (key: string, by: string): Buffer => {
      const lockedUntil = Date.parse(this.memory.lockOf(PREFIX + key)?.until ?? '') || 0;
      if (lockedUntil < until && !this.damaged.has(PREFIX + key))
        this.complain(
          new Violation(`${id} was committed, and ${key}, ${by}, is locked for ${hours(until - lockedUntil)} less.`),
        );
      const bytes = this.memory.bytesOf(PREFIX + key);
      if (bytes === undefined && !this.damaged.has(PREFIX + key))
        this.complain(new Violation(`${id} was committed, and ${key}, ${by}, is not there.`));
      const written = this.damaged.get(PREFIX + key) ?? bytes ?? Buffer.alloc(0);
      backup.needs.set(PREFIX + key, Buffer.from(written));
      return written;
    };
    for (const { key } of artefacts) need(key, 'an artefact of it');
    const listed = new Map<string, Set<string>>();
    for (const { key } of segments) {
      const list = need(key, 'a file list of it');
      if (list.length === 0) continue;
      for (const text of String(unpacked(list)).split('\n').filter(Boolean)) {
        const line = JSON.parse(text) as KnownLine;
        const { tablet, path, object, offset, size, peer } = line;
        const stored = need(object, `which holds ${path} of tablet ${tablet}`);
        const content = this.cluster.filesOf(snapshotId, peer, tablet).get(path)?.content;
        if (content === undefined)
          this.complain(new Violation(`${id} was committed with ${path}, which its snapshot does not have.`));
        else {
          const found = stored.subarray(offset ?? 0, (offset ?? 0) + size);
          if (!found.equals(content) || (offset === undefined && stored.length !== size))
            this.complain(new Violation(`${id} was committed, and ${object} does not hold the bytes of ${path}.`));
        }
        backup.files.push({ tablet, path, object: PREFIX + object, offset, content: content ?? Buffer.alloc(0) });
        listed.set(tablet, (listed.get(tablet) ?? new Set()).add(path));
      }
    }
    for (const { id: tablet, peer } of tablets) {
      const wanted = [...this.cluster.filesOf(snapshotId, peer, tablet).keys()];
      const missing = wanted.find((path) => listed.get(tablet)?.has(path) !== true);
      if (missing !== undefined)
        this.complain(new Violation(`${id} was committed without ${missing} of tablet ${tablet}.`));
    }
    const missing = this.cluster.tablets.find((tablet) => !tablets.some((one) => one.id === tablet));
    if (missing !== undefined) this.complain(new Violation(`${id} was committed without tablet ${missing}.`));
    this.backups.set(id, backup);
  }

  private fated(id: string, link: Link): void {
    const row = this.fates.get(id) ?? [];
    const last = row.at(-1);
    this.fates.set(id, [...row, link]);
    if (link.change === 'sweeping') {
      if (last?.change !== 'deleted') {
        this.complain(new Violation(`${id} is swept, though it is ${last?.change ?? 'not deleted'}.`));
        return;
      }
      const waited = link.at - last.at;
      if (waited < this.promised.graceMs - 2_000)
        this.complain(
          new Violation(
            `${id} is swept ${hours(waited)} after it was deleted; its grace is ${hours(this.promised.graceMs)}.`,
          ),
        );
      const hold = this.holds.get(id);
      if (hold?.held === true && hold.at < last.at + 3_600_000)
        this.complain(new Violation(`${id} is swept, though it is held.`));
      if (this.isLeased(id)) this.complain(new Violation(`${id} is swept, though a restore reads it.`));
    }
    if (last?.change === 'sweeping' && link.change !== 'swept')
      this.complain(new Violation(`${id} is ${link.change} while it is swept.`));
    if (last?.change === 'swept') this.complain(new Violation(`${id} is ${link.change} after it was swept.`));
  }

  /**
   * What deletions may have broken together that would each have broken nothing: fewer were left than are to be when an
   * undamaged backup was deleted for good. One that was deleted then and given back later counts as left, and so does
   * one that was made later: a deletion looks again after it was written.
   */
  tooFew(minimumCopies: number): string | undefined {
    if (this.unfinished > 0) return undefined;
    for (const id of this.fates.keys()) {
      const at = this.deletedForGood(id);
      if (at === undefined || at <= this.boundSince + 2_000 || !this.isWhole(id)) continue;
      const left = [...this.backups.values()].filter(
        ({ id: other }) => other !== id && (this.deletedForGood(other) ?? Infinity) > at,
      );
      if (left.length < minimumCopies)
        return `${left.length} were left, and ${minimumCopies} are always to be, when ${id} was deleted.`;
    }
    return undefined;
  }

  /** When it was deleted; undefined: it was not, or it was given back. */
  private deletedForGood(id: string): number | undefined {
    const row = this.fates.get(id) ?? [];
    return row.at(-1)?.change === 'undeleted' ? undefined : row.findLast(({ change }) => change === 'deleted')?.at;
  }

  /** A backup of which nothing was ever damaged from outside: one that is may be found bad, and counts as no copy. */
  private isWhole(id: string): boolean {
    const backup = this.backups.get(id);
    return backup !== undefined && ![...backup.needs.keys()].some((key) => this.damaged.has(key));
  }

  /** Before it is done. */
  removes(keys: readonly string[]): void {
    for (const key of keys)
      for (const backup of this.backups.values()) {
        const needed = backup.needs.has(key) || key === `${PREFIX}manifests/${backup.id}.json`;
        if (needed && this.isKept(backup.id))
          this.complain(
            new Violation(
              `${key} is removed, and ${backup.id} needs it (${this.fateOf(backup.id) ?? 'committed'}${this.isLeased(backup.id) ? ', read by a restore' : ''}).`,
            ),
          );
      }
  }

  /** Something is altered or removed from outside, after this. */
  damages(key: string): void {
    if (!this.damaged.has(key)) this.damaged.set(key, Buffer.from(this.memory.bytesOf(key) ?? ''));
  }

  /** Of a committed backup, what is not as it was committed: of a pack only the files that belong to it. */
  spoiledOf({ needs, files }: KnownBackup): string[] {
    const packed = new Map<string, KnownFile[]>();
    for (const file of files) if (file.offset !== undefined) addTo(packed, file.object, file);
    return [...needs].flatMap(([key, bytes]) => {
      const found = this.memory.bytesOf(key);
      const isWhole = packed.has(key)
        ? packed
            .get(key)
            ?.every(({ offset = 0, content }) => found?.subarray(offset, offset + content.length).equals(content))
        : found?.equals(bytes);
      return isWhole === true ? [] : [key];
    });
  }

  /** Keys below `backups/` that no committed backup needs that is not deleted for good. */
  leftOver(): string[] {
    const kept = [...this.backups.values()].filter(({ id }) => this.isKept(id));
    return this.memory
      .keys(`${PREFIX}backups/`)
      .filter((key) => !kept.some(({ id, needs }) => needs.has(key) || key.startsWith(`${PREFIX}backups/${id}/`)));
  }

  /** Records of what was swept; its tombstones alone may stand. */
  recordsLeft(): string[] {
    const swept = [...this.fates].filter(([, row]) => row.at(-1)?.change === 'swept').map(([id]) => id);
    return this.memory
      .keys(PREFIX)
      .filter(
        (key) =>
          !/\/(tombstones|work)\//.test(key) &&
          swept.some((id) => key.includes(`/${id}/`) || key.includes(`/${id}.`) || key.includes(`/${id}-`)),
      );
  }
}

interface KnownLine {
  tablet: string;
  peer: string;
  path: string;
  object: string;
  offset?: number;
  size: number;
}

/** What a record says, signed or not. */
export function payloadOf(bytes: Buffer): Record<string, unknown> {
  const record = JSON.parse(String(bytes)) as Record<string, unknown>;
  return typeof record['payload'] === 'string' && Array.isArray(record['signatures'])
    ? (JSON.parse(record['payload']) as Record<string, unknown>)
    : record;
}

const changeOf = (record: Record<string, unknown>): Link['change'] =>
  (record['change'] as Link['change'] | undefined) ?? 'deleted';

const hours = (ms: number): string => `${Math.round(ms / 3_600_000)} h`;
