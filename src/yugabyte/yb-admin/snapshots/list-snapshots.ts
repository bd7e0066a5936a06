import { z } from 'zod';
import { UnexpectedOutput } from '../../errors';
import { microsOfPrintedTime, type Micros } from '../../micros';
import type { Command, LineReader } from '../command';
import { jsonOf, linesOf, cellsOf, UUID } from '../read-output';
import { snapshotState, type SnapshotState } from './states';
import { given } from '../../../objects/given';

export interface ListedSnapshot {
  id: string;
  state: SnapshotState;
  /** Its hybrid time; undefined while it is not set, and if the release does not print it (before 2.14). */
  snapshotMicros?: Micros;
  /** What it covers; only if details were requested. */
  database?: CoveredDatabase;
  /** Tables and indexes in it; only for the one snapshot whose tables were requested. */
  tables?: { id: string; name: string }[];
}

export interface CoveredDatabase {
  api: 'ysql' | 'ycql';
  id: string;
  /** Its name when the snapshot was taken. */
  name: string;
}

export interface ListSnapshotsInput {
  /** Include the database that each one covers; only the text form has it. */
  details?: boolean;
  /** Ids in order of preference: include the tables of the first one that is listed. */
  tablesOf?: readonly string[];
  /** Include deleted ones, as long as the master remembers them. */
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
    /** Of a table that was dropped before and that a schedule keeps. */
    hide_state: z.string().optional(),
  }),
});

/**
 * Every snapshot that the masters list, of every keyspace, schedule and import. DELETING ones are included, DELETED
 * ones only on request. Source: yb-admin sources 2021–2025, v2.6 manual.
 */
export const listSnapshots: Command<ListSnapshotsInput, ListedSnapshot[]> = {
  name: 'list_snapshots',
  mutates: false,
  lists: true,
  argv: ({ details, deleted }, release) => [
    'list_snapshots',
    ...(details ? ['SHOW_DETAILS'] : []),
    ...(deleted ? ['SHOW_DELETED'] : []),
    // With details, the document would be interspersed with lines and could not be parsed as a whole.
    ...(release.listsSnapshotsAsJson && !details ? ['JSON'] : []),
  ],
  // Details name every table of every snapshot: with many schedules, more than is held in memory.
  lines: (input) => (input.details ? new SnapshotTable(input) : undefined),
  parse: (stdout, _release, input) =>
    /^\{/m.test(stdout) && !/^Snapshot UUID|^No snapshots/m.test(stdout) ? fromJson(stdout) : fromText(stdout, input),
};

function fromJson(stdout: string): ListedSnapshot[] {
  return jsonOf(snapshotsDocument, stdout, 'list of snapshots').snapshots.map((one) =>
    listed(one.id, one.state, one.snapshot_time),
  );
}

function fromText(stdout: string, input: ListSnapshotsInput): ListedSnapshot[] {
  const table = new SnapshotTable(input);
  for (const line of linesOf(stdout)) table.line(line);
  return table.end();
}

/**
 * Parses the text form, of any length: of each snapshot its row and database are kept, and of one snapshot its tables.
 */
class SnapshotTable implements LineReader<ListedSnapshot[]> {
  private readonly found: ListedSnapshot[] = [];
  private readonly firstLines: string[] = [];
  private readonly preference: ReadonlyMap<string, number>;
  private chosen: ListedSnapshot | undefined;
  private part: 'before' | 'table' | 'behind' = 'before';

  constructor({ tablesOf = [] }: ListSnapshotsInput) {
    this.preference = new Map(tablesOf.map((id, at) => [id, at]));
  }

  line(text: string): boolean {
    if (this.part === 'behind' || text === '') return false;
    const cells = cellsOf(text);
    const first = cells[0] ?? '';
    if (first === 'Snapshot UUID') this.part = 'table';
    else if (first === 'No snapshots' || AFTER_SNAPSHOTS.test(first)) this.part = 'behind';
    else if (this.part === 'before') {
      this.firstLines.push(text);
      return true;
    } else if (first === '' && cells[1]?.startsWith('{')) return this.detail(cells[1], text);
    else if (isSnapshotRow(cells)) return this.snapshot(listed(first, cells[1] ?? '', cells[2]));
    else throw new UnexpectedOutput('row of a snapshot', text, 'yb-admin list_snapshots');
    return false;
  }

  end(): ListedSnapshot[] {
    if (this.part !== 'before') return this.found;
    throw new UnexpectedOutput('table of snapshots', this.firstLines.join('\n'), 'yb-admin list_snapshots');
  }

  private snapshot(one: ListedSnapshot): boolean {
    this.found.push(one);
    const [mine, best] = [this.preference.get(one.id), this.preference.get(this.chosen?.id ?? '')];
    if (mine !== undefined && (best === undefined || mine < best)) {
      delete this.chosen?.tables;
      one.tables = [];
      this.chosen = one;
    }
    return true;
  }

  /** Rows of tables are by far the most, and most of them are not needed: these are not even parsed as JSON. */
  private detail(json: string, line: string): boolean {
    const snapshot = this.found.at(-1);
    if (!snapshot) throw new UnexpectedOutput('snapshot before its details', line, 'yb-admin list_snapshots');
    if (snapshot.tables === undefined && !json.includes('NAMESPACE')) return false;
    const { type, id, data } = jsonOf(detail, json, 'details of a snapshot');
    if (type === 'NAMESPACE') {
      const api = data.database_type === 'YQL_DATABASE_CQL' ? 'ycql' : 'ysql';
      snapshot.database ??= { api, id, name: data.name };
      return true;
    }
    const hidden = data.hide_state !== undefined && data.hide_state !== 'VISIBLE';
    if (type !== 'TABLE' || hidden || snapshot.tables === undefined) return false;
    snapshot.tables.push({ id, name: data.name });
    return true;
  }
}

const AFTER_SNAPSHOTS = /^(?:Restoration UUID$|No snapshot restorations|Not show fully RESTORED)/;

/** Snapshots from before 2.1 have ids that are not UUIDs. */
function isSnapshotRow(cells: string[]): boolean {
  return (
    cells.length >= 2 && (UUID.test(cells[0] ?? '') || /^\S+$/.test(cells[0] ?? '')) && /^[A-Z]+$/.test(cells[1] ?? '')
  );
}

function listed(id: string, state: string, time: string | undefined): ListedSnapshot {
  const snapshotMicros = microsOfPrintedTime(time);
  return { id, state: snapshotState(state), ...given({ snapshotMicros }) };
}
