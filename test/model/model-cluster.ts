import type { SourceFile } from '../../src/transfer';
import type { Draws } from '../support/draws';

/** A file on a node, with its bytes. */
export interface NodeFile extends SourceFile {
  content: Buffer;
}

/** Files of each replica, `<node> <tablet>`, by path. */
export type Files = ReadonlyMap<string, ReadonlyMap<string, NodeFile>>;

export const NODES = ['a', 'b'].map((name) => ({ uuid: name.repeat(32), address: `${name}:9100` }));
export const TABLE = '00004000000030008000000000004001';
const hex = (n: number): string => n.toString(16).padStart(32, '0');

/** What stands on the disks of the database: replicas hold the same rows in different files. */
export class ModelCluster {
  readonly tablets: string[];
  private readonly replicas = new Map<string, Map<string, NodeFile>>();
  private readonly snapshots = new Map<string, Files>();
  private made = 0;

  constructor(private readonly draws: Draws) {
    this.tablets = Array.from({ length: 1 + draws.below(2) }, (_, n) => hex(n + 1));
    for (const { uuid } of NODES)
      for (const tablet of this.tablets) {
        this.replicas.set(`${uuid} ${tablet}`, new Map());
        for (let n = 0; n < 1 + draws.below(3); n += 1) this.addFile(`${uuid} ${tablet}`);
      }
  }

  /** Rows are written, or files compacted into new ones. */
  changes(): void {
    for (const [replica, files] of this.replicas) {
      if (this.draws.chance(0.4)) continue;
      if (files.size > 1 && this.draws.chance(0.4))
        for (const path of [...files.keys()].slice(0, 1 + this.draws.below(files.size))) files.delete(path);
      this.addFile(replica);
    }
  }

  takeSnapshot(): string {
    const id = hex(this.snapshots.size + 0x100).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    this.snapshots.set(id, new Map([...this.replicas].map(([replica, files]) => [replica, new Map(files)])));
    return id;
  }

  filesOf(snapshotId: string, node: string, tablet: string): ReadonlyMap<string, NodeFile> {
    return this.snapshots.get(snapshotId)?.get(`${node} ${tablet}`) ?? new Map<string, NodeFile>();
  }

  private addFile(replica: string): void {
    this.made += 1;
    // Each of another size, so that whether it is a known one is never asked of a disk.
    const content = Buffer.alloc(16 + this.made, `${this.made}.`);
    const path = `${String(this.made).padStart(6, '0')}.sst`;
    const [mtimeNs, inode] = [String(1e12 + this.made), String(this.made)];
    const file = { path, size: content.length, mtimeNs, inode, birthtimeNs: mtimeNs, content };
    this.replicas.get(replica)?.set(path, file);
  }
}
