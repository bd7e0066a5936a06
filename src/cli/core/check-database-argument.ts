import { DATABASE_FORM, splitDatabase } from '../../contract/fields/database-name';
import { didYouMeanDatabase } from '../../contract/fields/nearest-name';
import { CommandError } from './command-error';
import { EXIT } from './exit-codes';

/**
 * Checks a database that lists are narrowed to by the rule of the commands that start a run: `orders` alone is refused,
 * with a suggestion. `known`: what could be listed. `also`: words that are not databases but allowed.
 */
export function checkDatabaseArgument(given: string, known: Iterable<string>, also: readonly string[] = []): void {
  if (splitDatabase(given) || also.includes(given)) return;
  const meant = didYouMeanDatabase(given, known) || (given === '' ? '' : ` Did you mean ysql.${given}?`);
  throw new CommandError(
    'InvalidInput',
    `"${given}" is not a database: it must be ${DATABASE_FORM}.${meant}`,
    EXIT.usage,
    { details: [{ field: 'database', given, allowed: DATABASE_FORM }] },
  );
}

/** A database that a list of the cluster is narrowed to: refused if the cluster does not have it. */
export function checkListedDatabase(given: string | undefined, databases: readonly { database: string }[]): void {
  if (given !== undefined && !databases.some(({ database }) => database === given))
    throw noSuchDatabase(given, databases);
}

/** The error for a database that the cluster does not have. */
export function noSuchDatabase(given: string, databases: readonly { database: string }[]): CommandError {
  const known = databases.map(({ database }) => database);
  checkDatabaseArgument(given, known);
  return new CommandError(
    'NotFound',
    `There is no database ${given} in the cluster; nothing was changed.${didYouMeanDatabase(given, known) || ' List them: kalpa inspect.'}`,
    EXIT.refused,
  );
}
