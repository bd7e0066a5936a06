import type { Cluster } from '../cluster';
import { can, shownName } from '../commands/command';
import type { DatabaseState, TableState, TabletState } from '../state';
import { sizesOf } from './tablet-sizes';

/** One replica on a tserver. */
interface Replica {
  database: DatabaseState;
  table: TableState;
  tablet: TabletState;
  hidden: boolean;
  state: 'RUNNING' | 'BOOTSTRAPPING';
  files: number;
  bytes: number;
}

async function replicasOn(cluster: Cluster, i: number): Promise<Replica[]> {
  await cluster.databases.flushAll();
  const places = cluster.state.databases.flatMap((database) =>
    [...database.tables, ...database.hidden].flatMap((table) =>
      table.tablets
        .filter(({ replicas }) => replicas.includes(i))
        .map((tablet) => ({ database, table, tablet, hidden: 'droppedMicros' in table })),
    ),
  );
  const starting = new Set(
    cluster.state.snapshots
      .filter(({ tabletsRunFromMs = 0 }) => tabletsRunFromMs > Date.now())
      .flatMap(({ importedTablets = {} }) => Object.keys(importedTablets)),
  );
  return await Promise.all(
    places.map(async ({ database, table, tablet, hidden }) => ({
      database,
      table,
      tablet,
      hidden,
      state: starting.has(tablet.id) ? 'BOOTSTRAPPING' : 'RUNNING',
      ...(await sizesOf({ home: cluster.options.home, tserver: i, tableId: table.id, tabletId: tablet.id })),
    })),
  );
}

function partitionOf({ start, end }: TabletState): string {
  if (start.length > 4 || end.length > 4) return `range: [${start || '<start>'}, ${end || '<end>'})`;
  const last = end === '' ? 0xffff : parseInt(end, 16) - 1;
  return `hash_split: [0x${(start || '0000').padEnd(4, '0')}, 0x${last.toString(16).toUpperCase().padStart(4, '0')}]`;
}

/** `/api/v1/tablets` */
export async function tabletsJson(cluster: Cluster, i: number): Promise<object> {
  const replicas = await replicasOn(cluster, i);
  return Object.fromEntries(
    replicas.map(({ database, table, tablet, hidden, state, files, bytes }) => [
      tablet.id,
      {
        namespace: shownName(database),
        table_name: table.name,
        table_id: table.id,
        partition: partitionOf(tablet),
        state,
        hidden,
        num_sst_files: files,
        on_disk_size: {
          total_size: `${bytes}B`,
          total_size_bytes: bytes,
          consensus_metadata_size: '0B',
          consensus_metadata_size_bytes: 0,
          wal_files_size: '0B',
          wal_files_size_bytes: 0,
          sst_files_size: `${bytes}B`,
          sst_files_size_bytes: bytes,
          uncompressed_sst_files_size: `${bytes}B`,
          uncompressed_sst_files_size_bytes: bytes,
        },
        raft_config: tablet.replicas.map((one) => ({
          [one === tablet.leader ? 'LEADER' : 'FOLLOWER']: cluster.options.host,
        })),
        status: '',
      },
    ]),
  );
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** HumanReadableNumBytes: three digits and a unit. */
function shortBytes(bytes: number): string {
  const power = Math.min(4, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  return power === 0 ? `${bytes}B` : `${(bytes / 1024 ** power).toFixed(2)}${'BKMGT'.charAt(power)}`;
}

/**
 * `/tablets`, the page for people (HandleTabletsPage, tserver-path-handlers.cc): one row per replica, by tablet id; a
 * replica that boots has no link; the replica that answers is bold.
 */
export async function tabletsPage(cluster: Cluster, i: number): Promise<string> {
  const newer = can(cluster, 'tabletsPageNamesNamespace');
  const headings = [
    ...(newer ? ['Namespace'] : []),
    ...['Table name', 'Table UUID', 'Tablet ID', 'Partition', 'State'],
    ...(newer ? ['Hidden'] : []),
    ...['Num SST Files', 'On-disk size', 'RaftConfig', 'Last status'],
  ];
  const rows = (await replicasOn(cluster, i))
    .sort((one, other) => (one.tablet.id < other.tablet.id ? -1 : 1))
    .map(({ database, table, tablet, hidden, state, files, bytes }) => {
      const raft = tablet.replicas.map((one) => {
        const role = `${one === tablet.leader ? 'LEADER' : 'FOLLOWER'}: ${cluster.options.host}`;
        return ` <li>${one === i ? `<b>${role}</b>` : role}</li>\n`;
      });
      const sizes = ['Total', 'Consensus Metadata', 'WAL Files', 'SST Files', 'SST Files Uncompressed'].map(
        (name) => `<li>${name}: ${/^(Total|SST)/.test(name) ? shortBytes(bytes) : '0B'}`,
      );
      return [
        ...(newer ? [escaped(shownName(database))] : []),
        escaped(table.name),
        table.id,
        state === 'RUNNING' ? `<a href="/tablet?id=${tablet.id}">${tablet.id}</a>` : tablet.id,
        partitionOf(tablet),
        state,
        ...(newer ? [String(hidden)] : []),
        String(files),
        newer ? `<ul>${sizes.join('')}</ul>` : shortBytes(bytes),
        `<ul>\n${raft.join('')}</ul>\n`,
        '',
      ];
    });
  const line = (cells: string[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>\n`;
  return (
    `<!DOCTYPE html><html><head><title>YugabyteDB emulator</title></head><body><div class='yb-main container-fluid'>` +
    `<h1>Tablets</h1>\n<table class='table table-striped'>\n  ${line(headings, 'th')}` +
    `${rows.map((row) => line(row, 'td')).join('')}</table>\n<div class='yb-bottom-spacer'></div></div></body></html>\n`
  );
}
