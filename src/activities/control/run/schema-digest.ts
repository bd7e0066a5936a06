import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { apiOf, bareName } from '../../../contract';
import { makeScratchFolder, readMadeFile, type Yugabyte } from '../../../yugabyte';

/** Lines that differ from dump to dump of the same schema: the random key of newer dumps, and comments. */
const VOLATILE = /^(?:\\(?:un)?restrict |--|$)/;

/** SHA-256 in hex of a database's schema as `ysql_dump` writes it, a keyspace's as `DESC` shows it: equal digests, equal schemas. */
export async function schemaDigest(yugabyte: Yugabyte, database: string, signal: AbortSignal): Promise<string> {
  if (apiOf(database) === 'ycql')
    return digestOf([await yugabyte.cql.describeKeyspace(bareName(database), { signal })]);
  const scratch = await makeScratchFolder();
  try {
    const file = join(scratch, 'schema.sql');
    await yugabyte.dump.schema({ database: bareName(database), file, signal });
    const lines = String(await readMadeFile(file, 'ysql_dump'))
      .split('\n')
      .filter((line) => !VOLATILE.test(line));
    return digestOf(lines);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const digestOf = (lines: readonly string[]): string => createHash('sha256').update(lines.join('\n')).digest('hex');
