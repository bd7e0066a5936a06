import { isCancellation } from '@temporalio/workflow';
import { languageOf } from '../../contract';
import { reasonOf } from '../run/failure';
import type { HeldDatabase } from '../lock/hold-database';
import { sideQuestion } from '../run/policies';

/**
 * Runs a rewind, and warns when the schema of another database has changed meanwhile: a rewind has undone DDL that
 * others committed at that time (#34074), and nothing can prevent them from outside. To be called under the cluster
 * lock, so that it was not Kalpa. Databases that can't be looked at do not prevent the rewind: that is a warning too.
 */
export async function watchingOtherSchemas<T>(
  { database, settings, warn }: Pick<HeldDatabase<unknown>, 'database' | 'settings' | 'warn'>,
  putBack: () => Promise<T>,
): Promise<T> {
  if (!languageOf(database).sharesCatalog) return await putBack();
  const unlessUnknown = async <R>(look: () => Promise<R>): Promise<R | undefined> => {
    try {
      return await look();
    } catch (error) {
      if (isCancellation(error)) throw error;
      warn(`It is not known whether the schema of another database changed meanwhile: ${reasonOf(error)}`);
      return undefined;
    }
  };
  const before = await unlessUnknown(() =>
    sideQuestion(settings, 'the schemas of other databases').lookAtOtherSchemas({ database }),
  );
  const result = await putBack();
  const since =
    before &&
    (await unlessUnknown(() =>
      sideQuestion(settings, 'did the schema of another database change?').otherSchemasSince({ database, before }),
    ));
  if (since && since.changed.length > 0)
    warn(
      `The schema of ${since.changed.join(', ')} changed while ${database} was put back: DDL that was executed there at that time may be lost (yugabyte-db#34074). Check whether the newest DDL is still there, and repeat it if not.`,
    );
  return result;
}
