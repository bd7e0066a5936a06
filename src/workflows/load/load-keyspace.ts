import type { LoadDumpResult } from '../../contract';
import { failureType } from '../run/failure';
import { notedStep } from '../run/noted-step';
import { longStep, streaming } from '../run/policies';
import type { Load } from './open-load';
import { given } from '../../objects/given';

/**
 * Loads the definitions, then the rows of each table, then reads each table again and compares it with the dump. A
 * keyspace that fails the comparison is kept for inspection; after any other failure, what was made is dropped. Rows
 * only are loaded into existing tables.
 */
export async function loadKeyspace(
  load: Load,
  { tables, filled }: { tables: string[]; filled: string[] },
): Promise<Omit<LoadDumpResult, 'durationSeconds'>> {
  const { request, dump, database, name, settings, guardians, guardian, progress } = load;
  const guarded = guardians.guarded();
  const makes = dump.content !== 'data';
  try {
    progress.enter('load');
    if (makes) {
      const undo = { kind: 'newKeyspace', database, tables } as const;
      const made = await notedStep(load, { key: 'keyspace', undo, within: 'phaseDeadline' }, () =>
        longStep(settings, `definitions of ${dump.dumpId} as ${name}`).createKeyspace({
          ...{ guarded, dump, name },
          ...given({ accept: request.accept }),
        }),
      );
      if (made?.namespaceId !== undefined) await guardian.note('keyspace', { ...undo, namespaceId: made.namespaceId });
    }
    for (const [i, table] of filled.entries()) {
      await progress.during(`${table}, ${i + 1} of ${filled.length}.`, () =>
        streaming(settings, `rows of ${table} through ycqlsh`).loadTable({ guarded, dump, name, table }),
      );
    }
    progress.enter('verify');
    let rows = 0;
    for (const [i, table] of filled.entries()) {
      const verified = await progress.during(`${table}, ${i + 1} of ${filled.length}.`, () =>
        streaming(settings, `compare ${table} with the dump`).verifyLoadedTable({ dump, name, table }),
      );
      rows += verified.rows;
    }
    if (makes) await guardian.release('keyspace');
    return {
      database,
      dumpId: dump.dumpId,
      tables: makes ? tables.length : filled.length,
      rows,
      comparedByValue: filled.length,
    };
  } catch (error) {
    const type = failureType(error);
    // A keyspace that someone else made in the meantime is not ours to drop.
    if (makes && (type === 'VerificationFailed' || type === 'AlreadyExists')) await guardian.release('keyspace');
    throw error;
  }
}
