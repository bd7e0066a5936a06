import { bareName, LOAD_SPEED } from '../../../contract';
import type { DumpPart } from '../../../repository';
import { readCql, type CqlDefinition } from '../../../yugabyte';
import { failWith, failWithFindings } from '../../application-failure';
import type { ControlDependencies } from '../dependencies';
import type { LoadableDump, TablePart } from '../lookup/find-dump';
import { readDumpText } from './read-dump-text';
import { contentFinding } from './content-findings';

/** More than the definitions of any keyspace need. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Reads all definitions of a dump before any of them is run. Anything that is neither a definition of its keyspace nor
 * accepted by the caller: `ContentRefused`.
 */
export async function readDefinitions(
  clients: Pick<ControlDependencies, 'store'>,
  part: DumpPart,
  dump: LoadableDump,
  accept?: readonly string[],
): Promise<CqlDefinition[]> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  const subject = `The definitions of ${dump.dumpId}`;
  for await (const piece of readDumpText(clients, part, dump.dumpId)) {
    bytes += piece.length;
    if (bytes > MAX_BYTES)
      throw failWith(
        'ContentRefused',
        `${subject} are not run: they are longer than ${MAX_BYTES} bytes. Use another dump.`,
      );
    pieces.push(piece);
  }
  const report = readCql(Buffer.concat(pieces).toString('utf8'), bareName(dump.database), accept);
  const finding = contentFinding(subject, report);
  const refusal = finding && failWithFindings(subject, [finding]);
  if (refusal) throw refusal;
  return report.definitions;
}

/** COPY options that the dump sets for the rows of a table: only those a caller may set. */
export function loadSpeed({ csv }: TablePart, { dumpId }: LoadableDump): Record<string, number> {
  const known: readonly string[] = LOAD_SPEED;
  for (const [name, value] of Object.entries(csv.load))
    if (!known.includes(name) || !Number.isSafeInteger(value) || value < 1)
      throw failWith(
        'ContentRefused',
        `${dumpId} sets a COPY option that no dump sets, for the rows of ${csv.table}; nothing was run. Known are ${known.join(', ')}, with whole numbers over 0.`,
      );
  return csv.load;
}
