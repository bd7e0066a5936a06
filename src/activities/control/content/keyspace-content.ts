import { bareName, LOAD_SPEED } from '../../../contract';
import type { DumpPart } from '../../../repository';
import { cqlDefinitions, StatementRefused, type CqlDefinition } from '../../../yugabyte';
import { failWith } from '../../application-failure';
import type { ControlDependencies } from '../dependencies';
import type { LoadableDump, TablePart } from '../find-dump';
import { readDumpText } from '../read-dump-text';

/** More than the definitions of any keyspace. */
const MOST_BYTES = 16 * 1024 * 1024;

/** The definitions of a dump, read whole before anything of them is run. What is no definition of its keyspace: `ContentRefused`. */
export async function readDefinitions(
  clients: Pick<ControlDependencies, 'store'>,
  part: DumpPart,
  dump: LoadableDump,
): Promise<CqlDefinition[]> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  const refuse = (why: string): Error =>
    failWith('ContentRefused', `The definitions of ${dump.dumpId} are not run: ${why}. Use another dump.`);
  for await (const piece of readDumpText(clients, part, dump.dumpId)) {
    bytes += piece.length;
    if (bytes > MOST_BYTES) throw refuse(`they are longer than ${MOST_BYTES} bytes`);
    pieces.push(piece);
  }
  try {
    return cqlDefinitions(Buffer.concat(pieces).toString('utf8'), bareName(dump.database));
  } catch (error) {
    throw error instanceof StatementRefused ? refuse(error.message) : error;
  }
}

/** How fast the rows of a table go in, as the dump says: nothing but the options that a caller may give. */
export function loadSpeed({ csv }: TablePart, { dumpId }: LoadableDump): Record<string, number> {
  const known: readonly string[] = LOAD_SPEED;
  for (const [name, value] of Object.entries(csv.load))
    if (!known.includes(name) || !Number.isSafeInteger(value) || value < 1)
      throw failWith(
        'ContentRefused',
        `${dumpId} asks for an option of COPY that no dump asks for, with the rows of ${csv.table}; nothing was run. Known are ${known.join(', ')}, with whole numbers over 0.`,
      );
  return csv.load;
}
