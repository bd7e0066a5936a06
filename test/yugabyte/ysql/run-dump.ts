import type { Yugabyte } from '../../../src/yugabyte';

export async function* textOf(text: string): AsyncGenerator<Buffer> {
  yield await Promise.resolve(Buffer.from(text));
}

/** Loads the text of a dump, as a restore does, into the database that it makes. */
export async function runDump(yugabyte: Yugabyte, text: string, makes: string, database = 'yugabyte'): Promise<void> {
  await yugabyte.runScript({ script: textOf(text), content: 'database', database, makes });
}
