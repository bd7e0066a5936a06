import type { z } from 'zod';
import { DELETE_BACKUP_PHASES, type Chain, type HoldBackupInput, type HoldBackupResult } from '../../contract';
import type { Settings } from '../../contract/internal';
import { recorded } from '../run/recorded';
import { ownChain } from '../run/run-context';
import { runOperation, type Operation } from '../run/run-operation';

type Schema = z.ZodObject & z.ZodType<HoldBackupInput>;

/**
 * What is done to one backup or dump, in one step. The step finds out which database it is of, and says so: the audit
 * record is that database's.
 */
export async function changeOne<Result extends HoldBackupResult>(
  operation: Omit<Operation<Schema, Result>, 'phases'>,
  input: unknown,
  step: (
    settings: Settings,
    change: HoldBackupInput & { chain: Chain },
  ) => Promise<{ database: string; result: Result }>,
): Promise<Result> {
  let database: string | undefined;
  return await runOperation(
    { ...operation, phases: DELETE_BACKUP_PHASES },
    input,
    async (begun) =>
      await recorded({ begun, databaseOf: () => database }, async () => {
        const { settings, request, progress } = begun;
        progress.enter('record');
        const changed = await step(settings, { chain: ownChain(), ...request });
        ({ database } = changed);
        return changed.result;
      }),
  );
}
