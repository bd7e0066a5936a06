import type { Token } from '../scan/scan-sql';
import { behindIfNotExists, isName, isSymbol, nameOf, wordsAt } from '../scan/statement';

/**
 * The extension that a statement makes: `CREATE EXTENSION x`, or, with YugabyteDB's metadata from 2.8 on, `SELECT
 * pg_catalog.binary_upgrade_create_empty_extension('x', …)`, whose members follow one by one.
 */
export function extensionMadeBy(tokens: readonly Token[]): string | undefined {
  if (wordsAt(tokens, 0, 'CREATE', 'EXTENSION')) {
    const name = tokens[behindIfNotExists(tokens, 2)];
    return isName(name) ? nameOf(name) : undefined;
  }
  const called = wordsAt(tokens, 0, 'SELECT', 'PG_CATALOG') && isSymbol(tokens[2], '.');
  if (!called || !wordsAt(tokens, 3, 'BINARY_UPGRADE_CREATE_EMPTY_EXTENSION') || !isSymbol(tokens[4], '('))
    return undefined;
  const [name] = tokens.slice(5);
  return name?.kind === 'string' && !name.escapes ? name.value : undefined;
}
