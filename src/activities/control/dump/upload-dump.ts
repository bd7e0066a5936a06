import { bareName } from '../../../contract';
import { FORMAT, writeDumpPart, type DumpContent, type DumpFile, type DumpPartRef } from '../../../repository';
import {
  DumpTally,
  EntriesLeftOut,
  relationPatterns,
  shownName,
  splitDump,
  SqlGate,
  ToolFailed,
  UnfinishedSql,
  type DumpPiece,
  type GatedContent,
  type LostInDump,
  type QualifiedName,
  type TableChoice,
  type TableLinks,
} from '../../../yugabyte';
import { showProgress } from '../../heartbeat-interceptor';
import { madeContentWarnings } from '../content/content-findings';
import type { ControlDependencies } from '../dependencies';
import type { DumpIdentity } from './open-dump';
import type { RenamingRehearsal } from '../content/rehearse-renaming';
import { uploadText } from './upload-text';

/** Uploads a tool's SQL and counts its rows. Records the part once the tool has exited successfully. */
export async function uploadDump(
  dependencies: ControlDependencies,
  dump: DumpIdentity,
  part: {
    name: string;
    content: DumpContent;
    rehearsal?: RenamingRehearsal | undefined;
    links?: readonly TableLinks[];
    choice?: TableChoice | undefined;
    /** Looks for what the release leaves out. */
    lost?: LostInDump | undefined;
    /** Of the server that prints the rows. */
    serverVersion?: string;
  },
  run: (consume: (text: AsyncIterable<Buffer>) => Promise<void>) => Promise<void>,
): Promise<DumpPartRef & { warnings?: string[] }> {
  const tally = new DumpTally();
  const leftOut = new EntriesLeftOut(part.choice?.leftOut ?? []);
  const gate = new SqlGate(gatedAs(part));
  let files: DumpFile[] = [];
  let sent = 0;
  await run(async (text) => {
    async function* counted(): AsyncGenerator<Buffer> {
      for await (const dumped of whole(text)) {
        const piece = dumped.kind === 'sql' ? leftOut.of(dumped) : dumped;
        tally.note(piece);
        gate.note(piece);
        if (piece.kind === 'sql') part.lost?.note(piece.statements);
        part.rehearsal?.note(piece);
        showProgress({ rows: tally.rows, textBytes: tally.bytes, uploadedBytes: sent });
        yield piece.bytes;
      }
      part.rehearsal?.end();
    }
    files = await uploadText(dependencies, dump, { part: part.name, extension: 'sql' }, counted(), (bytes) => {
      sent = bytes;
    });
  });
  const { tables, needs, bytes } = tally.result();
  if (part.choice) checkChosen(part.choice, tables);
  const links = new Map((part.links ?? []).map((one) => [shownName(one), one]));
  const warnings = [
    ...madeContentWarnings(`The text of ${dump.dumpId} (${part.name})`, gate.end()),
    ...(part.lost?.warnings(part.name) ?? []),
  ];
  const ref = await writeDumpPart(dependencies.repository, dump.dumpId, {
    format: FORMAT,
    part: part.name,
    content: part.content,
    files,
    textBytes: bytes,
    ...(part.serverVersion === undefined || tally.encoding === undefined
      ? {}
      : { rowText: { encoding: tally.encoding, serverVersion: part.serverVersion } }),
    tables: tables.map(({ schema, name, ...rows }) => ({
      ...{ schema, name, ...rows },
      ...linksOf(links.get(shownName({ schema, name }))),
    })),
    needs: { ...needs },
  });
  return warnings.length === 0 ? ref : { ...ref, warnings };
}

/** Read as a load will read it. */
function gatedAs({ name, content }: { name: string; content: DumpContent }): {
  content: GatedContent;
  database: string;
} {
  if (content === 'roles') return { content: 'roles', database: '' };
  return { content: content === 'data' ? 'rows' : 'database', database: bareName(name) };
}

/**
 * As few patterns as the choice needs, however many relations the database has: the operating system limits a program's
 * arguments.
 */
export function patternsOf({ chosen, alongside, others }: TableChoice): string[] {
  return relationPatterns([...chosen, ...alongside], others);
}

/** The text ends only if the tool succeeded; if it still ends inside a statement, another dump would too. */
async function* whole(text: AsyncIterable<Buffer>): AsyncGenerator<DumpPiece> {
  try {
    yield* splitDump(text);
  } catch (error) {
    if (!(error instanceof UnfinishedSql)) throw error;
    throw new ToolFailed({
      tool: 'ysql_dump',
      command: 'ysql_dump',
      reason: `it exited successfully, but its output is cut short: ${error.message} Check whether ysql_dump is the cluster's own, then dump again`,
      stderrTail: '',
      outcome: 'refused',
      transient: false,
    });
  }
}

function linksOf(links: TableLinks | undefined): { partOf?: QualifiedName[]; refersTo?: QualifiedName[] } {
  if (!links) return {};
  const { partOf, refersTo } = links;
  return { ...(partOf.length > 0 ? { partOf } : {}), ...(refersTo.length > 0 ? { refersTo } : {}) };
}

/** A table created since the choice was made matches no pattern; the next attempt knows it. */
function checkChosen({ chosen, alongside }: TableChoice, tables: readonly QualifiedName[]): void {
  const wanted = new Set([...chosen, ...alongside].map(shownName));
  const more = tables.filter((table) => !wanted.has(shownName(table))).map(shownName);
  if (more.length === 0) return;
  throw new ToolFailed({
    tool: 'ysql_dump',
    command: 'ysql_dump',
    reason: `it dumped ${more.slice(0, 5).join(', ')} too, created while the dump began`,
    stderrTail: '',
    outcome: 'refused',
    transient: true,
  });
}
