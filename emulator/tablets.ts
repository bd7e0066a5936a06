import { createHash, randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EmulatorOptions } from './options';
import { intentsDir, snapshotDir, snapshotsDir, tableDir, tabletDir, type TabletPlace } from './paths';
import type { TableState, TabletState } from './state';
import {
  DamagedFile,
  encodeRecords,
  readTabletFile,
  replay,
  writeTabletFile,
  type ChangeRecord,
  type TabletFile,
} from './tablet-file';
import { fsyncFolder, writeDurably } from './write-durably';

const TSERVERS = [0, 1, 2];
const SST = /^(\d{6})\.sst$/;
/** Ballast has no rows: a first line that is no JSON. */
const BALLAST = Buffer.from('BALLAST\n');

/** Files of tablets on the three tservers. */
export class Tablets {
  constructor(
    private readonly options: EmulatorOptions,
    private readonly uuids: () => string[],
  ) {}

  place(tserver: number, table: Pick<TableState, 'id'>, tablet: Pick<TabletState, 'id'>): TabletPlace {
    return { home: this.options.home, tserver, tableId: table.id, tabletId: tablet.id };
  }

  /** Directories of a new table's tablets. */
  create(table: TableState): void {
    for (const tserver of TSERVERS) {
      for (const tablet of table.tablets) {
        const place = this.place(tserver, table, tablet);
        if (existsSync(tabletDir(place))) continue;
        mkdirSync(intentsDir(place), { recursive: true });
        mkdirSync(tabletDir(place), { recursive: true });
      }
    }
  }

  /** A dropped table's files; kept while a snapshot still has them. */
  drop(table: TableState): void {
    for (const tserver of TSERVERS) {
      const kept = table.tablets.some((tablet) => {
        const snapshots = snapshotsDir(this.place(tserver, table, tablet));
        return existsSync(snapshots) && readdirSync(snapshots).length > 0;
      });
      if (!kept)
        rmSync(tableDir({ home: this.options.home, tserver, tableId: table.id }), { recursive: true, force: true });
    }
  }

  /** Writes the changes of one flush into a tablet, one new file on each replica. */
  append(
    table: TableState,
    tablet: TabletState,
    records: readonly ChangeRecord[],
    span: { fromLsn: string; toLsn: string },
  ): void {
    const body = encodeRecords(records);
    for (const tserver of TSERVERS) {
      const dir = tabletDir(this.place(tserver, table, tablet));
      writeTabletFile(
        join(dir, this.nextName(dir)),
        { peer: this.uuids()[tserver] ?? '', tablet: tablet.id, ...span },
        body,
      );
    }
  }

  /** Big incompressible files, so that transfers have something to carry. */
  ballast(table: TableState, tablet: TabletState, bytes: number): void {
    for (const tserver of TSERVERS) {
      const dir = tabletDir(this.place(tserver, table, tablet));
      const content = Buffer.concat([BALLAST, randomBytes(bytes)]);
      writeDurably(
        join(dir, this.nextName(dir)),
        Buffer.concat([content, createHash('sha256').update(content).digest()]),
      );
    }
  }

  /** Removes files of a flush that a kill kept from being recorded: it is flushed again. */
  forgetAfter(table: TableState, isAfter: (lsn: string) => boolean): void {
    for (const tserver of TSERVERS) {
      for (const tablet of table.tablets) {
        const dir = tabletDir(this.place(tserver, table, tablet));
        for (const name of sstNames(dir)) {
          const first = firstLine(join(dir, name));
          if (first.startsWith('{') && isAfter((JSON.parse(first) as TabletFile['header']).toLsn))
            rmSync(join(dir, name));
        }
      }
    }
  }

  /** Bytes of a replica's live files. */
  sizeOf(place: TabletPlace): { files: number; bytes: number } {
    const dir = tabletDir(place);
    const names = existsSync(dir) ? sstNames(dir) : [];
    return { files: names.length, bytes: names.reduce((sum, name) => sum + readFileSync(join(dir, name)).length, 0) };
  }

  /** One replica's snapshot directory: hard links, built under `.tmp`, then renamed. */
  snapshot(place: TabletPlace, snapshotId: string, dialect: EmulatorOptions['dialect']): void {
    const target = snapshotDir(place, snapshotId);
    if (existsSync(target)) return;
    const building = `${target}.tmp`;
    rmSync(building, { recursive: true, force: true });
    mkdirSync(join(building, 'intents'), { recursive: true });
    const names = existsSync(tabletDir(place)) ? sstNames(tabletDir(place)) : [];
    for (const name of names) {
      linkSync(join(tabletDir(place), name), join(building, name));
      writeFileSync(
        join(building, `${name}.sblock.0`),
        `${place.tabletId} ${place.tserver} ${name} blocks\n`.repeat(4),
      );
    }
    for (const folder of [building, join(building, 'intents')]) {
      writeFileSync(join(folder, 'CURRENT'), 'MANIFEST-000011\n');
      writeFileSync(
        join(folder, 'MANIFEST-000011'),
        `${this.uuids()[place.tserver] ?? ''} ${snapshotId}\n${folder === building ? names.join('\n') : ''}\n`,
      );
    }
    if (dialect !== '2.6')
      writeFileSync(join(building, 'tablet.metadata'), `${place.tabletId} ${place.tserver} schema\n`);
    fsyncFolder(building);
    renameSync(building, target);
    fsyncFolder(snapshotsDir(place));
  }

  deleteSnapshot(table: TableState, snapshotId: string): void {
    for (const tserver of TSERVERS) {
      for (const tablet of table.tablets) {
        const place = this.place(tserver, table, tablet);
        const folder = snapshotsDir(place);
        if (!existsSync(folder)) continue;
        for (const name of readdirSync(folder))
          if (name.startsWith(snapshotId)) rmSync(join(folder, name), { recursive: true, force: true });
      }
    }
  }

  /** Rows of a snapshot directory as one replica holds them. Throws what kills a tserver: a missing directory, a damaged file. */
  rowsOf(place: TabletPlace, snapshotId: string): { columns: string[]; row: (string | null)[] }[] {
    const dir = snapshotDir(place, snapshotId);
    if (!existsSync(dir)) throw new DamagedFile(`Not found: Snapshot directory does not exist: ${dir}`);
    const manifest = readFileSync(join(dir, 'CURRENT'), 'latin1').trim();
    const listed = readFileSync(join(dir, manifest), 'latin1')
      .split('\n')
      .slice(1)
      .filter((name) => SST.test(name));
    const files: TabletFile[] = [];
    for (const name of listed) {
      const bytes = readFileSync(join(dir, name));
      if (bytes.subarray(0, BALLAST.length).equals(BALLAST)) checkBallast(bytes, join(dir, name));
      else files.push(readTabletFile(join(dir, name)));
    }
    return replay(files);
  }

  private nextName(dir: string): string {
    const last = sstNames(dir).at(-1);
    return `${String((last ? Number(SST.exec(last)?.[1]) : 9) + 1).padStart(6, '0')}.sst`;
  }
}

function sstNames(dir: string): string[] {
  return existsSync(dir)
    ? readdirSync(dir)
        .filter((name) => SST.test(name))
        .sort()
    : [];
}

function firstLine(file: string): string {
  const bytes = readFileSync(file);
  return bytes.toString('utf8', 0, Math.min(bytes.length, 400)).split('\n')[0] ?? '';
}

function checkBallast(bytes: Buffer, file: string): void {
  const content = bytes.subarray(0, -32);
  if (!createHash('sha256').update(content).digest().equals(bytes.subarray(-32)))
    throw new DamagedFile(`${file}: bad block checksum`);
}
