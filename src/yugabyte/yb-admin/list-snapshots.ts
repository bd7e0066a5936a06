import { z } from 'zod';
import { UnexpectedOutput } from '../errors';
import { microsOfPrintedTime, type Micros } from '../micros';
import type { Command } from './command';
import { jsonOf, linesOf, cellsOf, UUID } from './read-output';
import { snapshotState, type SnapshotState } from './states';

export interface ListedSnapshot {
  id: string;
  state: SnapshotState;
  /** Its hybrid time; undefined while it is not set, and where the release does not print it (before 2.14). */
  snapshotMicros?: Micros;
  /** Objects in it, only when details were asked for. */
  objects?: SnapshotObject[];
}

export interface SnapshotObject {
  type: 'NAMESPACE' | 'UDTYPE' | 'TABLE';
  id: string;
  name: string;
  /** Of a namespace. */
  api?: 'ysql' | 'ycql';
  /** Of tables and indexes. */
  namespaceId?: string;
  /** Set on an index. */
  indexedTableId?: string;
}

export interface ListSnapshotsInput {
  /** Which namespace and tables each one covers; only the text form has them. */
  details?: boolean;
  /** Deleted ones too, as long as the master remembers them. */
  deleted?: boolean;
}

export const snapshotsDocument = z.object({
  snapshots: z.array(z.object({ id: z.string(), state: z.string(), snapshot_time: z.string().optional() })),
});
const detail = z.object({
  type: z.enum(['NAMESPACE', 'UDTYPE', 'TABLE']),
  id: z.string(),
  data: z.object({
    name: z.string(),
    database_type: z.string().optional(),
    namespace_id: z.string().optional(),
    indexed_table_id: z.string().optional(),
  }),
});

/**
 * Every snapshot that the masters list, of every keyspace, schedule and import. DELETING ones are listed, DELETED ones only
 * when asked for. Source: yb-admin sources 2021–2025, v2.6 manual.
 */
export const listSnapshots: Command<ListSnapshotsInput, ListedSnapshot[]> = {
  name: 'list_snapshots',
  mutates: false,
  lists: true,
  argv: ({ details, deleted }, release) => [
    'list_snapshots',
    ...(details ? ['SHOW_DETAILS'] : []),
    ...(deleted ? ['SHOW_DELETED'] : []),
    // With details the document would be mixed with lines, unreadable as a whole.
    ...(release.listsSnapshotsAsJson && !details ? ['JSON'] : []),
  ],
  parse: (stdout) =>
    /^\{/m.test(stdout) && !/^Snapshot UUID|^No snapshots/m.test(stdout) ? fromJson(stdout) : snapshotsOfText(stdout),
};

function fromJson(stdout: string): ListedSnapshot[] {
  return jsonOf(snapshotsDocument, stdout, 'list of snapshots').snapshots.map((one) =>
    listed(one.id, one.state, one.snapshot_time),
  );
}

function snapshotsOfText(stdout: string): ListedSnapshot[] {
  const found: ListedSnapshot[] = [];
  let inTable = false;
  for (const line of linesOf(stdout)) {
    const cells = cellsOf(line);
    const first = cells[0] ?? '';
    if (first === 'Snapshot UUID') inTable = true;
    else if (first === 'Restoration UUID' || /^(?:No snapshot restorations|Not show fully RESTORED)/.test(first)) break;
    else if (first === 'No snapshots') return [];
    else if (inTable && first === '' && cells[1]?.startsWith('{')) addDetail(found.at(-1), cells[1], stdout);
    else if (inTable && isSnapshotRow(cells)) found.push(listed(first, cells[1] ?? '', cells[2]));
    else if (inTable) throw new UnexpectedOutput('row of a snapshot', line, 'yb-admin list_snapshots');
  }
  if (!inTable) throw new UnexpectedOutput('table of snapshots', stdout, 'yb-admin list_snapshots');
  return found;
}

/** Snapshots of before 2.1 have ids that are no UUIDs. */
function isSnapshotRow(cells: string[]): boolean {
  return (
    cells.length >= 2 && (UUID.test(cells[0] ?? '') || /^\S+$/.test(cells[0] ?? '')) && /^[A-Z]+$/.test(cells[1] ?? '')
  );
}

function listed(id: string, state: string, time: string | undefined): ListedSnapshot {
  const snapshotMicros = microsOfPrintedTime(time);
  return { id, state: snapshotState(state), ...(snapshotMicros === undefined ? {} : { snapshotMicros }) };
}

function addDetail(snapshot: ListedSnapshot | undefined, text: string, stdout: string): void {
  if (!snapshot) throw new UnexpectedOutput('snapshot before its details', stdout, 'yb-admin list_snapshots');
  const { type, id, data } = jsonOf(detail, text, 'details of a snapshot');
  (snapshot.objects ??= []).push({
    type,
    id,
    name: data.name,
    ...(data.database_type === undefined ? {} : { api: data.database_type === 'YQL_DATABASE_CQL' ? 'ycql' : 'ysql' }),
    ...(data.namespace_id === undefined ? {} : { namespaceId: data.namespace_id }),
    ...(data.indexed_table_id === undefined ? {} : { indexedTableId: data.indexed_table_id }),
  });
}
