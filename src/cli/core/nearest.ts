import { DATABASE_FORM, splitDatabase } from '../../contract/fields/database-name';
import { didYouMeanDatabase } from '../../contract/fields/nearest-name';
import { CommandError } from './command-error';
import { EXIT } from './exit-codes';

/**
 * A database that lists are narrowed to, as the commands that start a run take it: `orders` alone is refused, with what
 * was meant. `known`: what is there to be listed. `also`: words that are no database and allowed.
 */
export function checkDatabaseArgument(given: string, known: Iterable<string>, also: readonly string[] = []): void {
  if (splitDatabase(given) || also.includes(given)) return;
  const meant = didYouMeanDatabase(given, known) || (given === '' ? '' : ` Did you mean ysql.${given}?`);
  throw new CommandError(
    'InvalidInput',
    `"${given}" is no database: it must be ${DATABASE_FORM}.${meant}`,
    EXIT.usage,
    { details: [{ field: 'database', given, allowed: DATABASE_FORM }] },
  );
}

/** A database that a list about the cluster is narrowed to: refused where the cluster does not have it. */
export function checkListedDatabase(given: string | undefined, databases: readonly { database: string }[]): void {
  if (given !== undefined && !databases.some(({ database }) => database === given))
    throw noSuchDatabase(given, databases);
}

/** A database that the cluster does not have. */
export function noSuchDatabase(given: string, databases: readonly { database: string }[]): CommandError {
  const known = databases.map(({ database }) => database);
  checkDatabaseArgument(given, known);
  return new CommandError(
    'NotFound',
    `There is no database ${given} in the cluster; nothing was changed.${didYouMeanDatabase(given, known) || ' List them: kalpa inspect.'}`,
    EXIT.refused,
  );
}
