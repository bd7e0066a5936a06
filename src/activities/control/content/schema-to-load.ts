import { rewriteDump } from '../../../yugabyte';
import { firstOf } from '../../../objects/texts';

export interface SchemaChoices {
  roles: 'require' | 'create' | 'skip';
  tablespaces: 'require' | 'skip';
}

export interface SchemaToLoad {
  sql: string;
  warnings: string[];
}

/** A schema dump as it is loaded: under its new name, without what the caller leaves out. Fails with `DumpRefused`. */
export function schemaToLoad(
  dump: string,
  { from, scratch, to }: { from: string; scratch: string; to: string },
  choices: SchemaChoices,
): SchemaToLoad {
  const {
    dump: sql,
    constants,
    losses,
  } = rewriteDump(dump, {
    rename: { from, to: scratch },
    leaveOut: { roles: choices.roles === 'skip', tablespaces: choices.tablespaces === 'skip' },
  });
  return { sql, warnings: warningsOfRewriting({ constants, losses }, { from, to }) };
}

/** What the reader of the result must know about a schema that was rewritten. */
export function warningsOfRewriting(
  { constants, losses }: { constants: readonly string[]; losses: readonly string[] },
  { from, to }: { from: string; to: string },
): string[] {
  return [
    ...(losses.length > 0 ? [`Left out with the roles ("roles": "skip"): ${some(losses)}.`] : []),
    ...(constants.length > 0 && from !== to
      ? [
          `The constant '${from}', which is also the name of the source database, stays as it is in ${some(constants)}. Where it means the database, change it to '${to}'.`,
        ]
      : []),
  ];
}

const some = (names: readonly string[]): string => firstOf(names, 5);

/**
 * Variables that dumps with YugabyteDB's metadata test in `\if` blocks. Statements naming a missing role have been
 * removed before; what remains in such a block concerns PUBLIC and must not be lost: a REVOKE … FROM PUBLIC keeps
 * others out.
 */
export function schemaVariables({ tablespaces }: SchemaChoices): Record<string, string> {
  return {
    use_roles: 'true',
    use_tablespaces: String(tablespaces !== 'skip'),
    ignore_existing_roles: 'true',
    ignore_existing_tablespaces: 'true',
  };
}
