import type { Losable } from '../../ysql/tables/losable';
import { shownName } from '../../ysql/tables/choose-tables';
import { isName, nameOf, qualifiedNameAt, skipIfNotExists, sqlOnly, wordsAt } from '../scan/statement';
import type { Statement, Token } from '../scan/scan-sql';
import { firstOf } from '../../../objects/texts';

/** Names that a warning lists. */
const SHOWN = 10;

/**
 * Finds what old releases of `ysql_dump` silently leave out: it looks in the text for each object that the catalog
 * contains, so it need not know the release.
 */
export class LostInDump {
  private readonly groups: Set<string>;
  /** Names of primary keys by table. */
  private readonly keys: ReadonlyMap<string, string>;
  private readonly unnamed = new Map<string, string>();

  constructor({ tablegroups, namedKeys }: Losable) {
    this.groups = new Set(tablegroups);
    this.keys = new Map(namedKeys.map(({ table, name }) => [shownName(table), name]));
  }

  /** Statements of the text, in their order. */
  note(statements: readonly Statement[]): void {
    if (this.groups.size === 0 && this.keys.size === 0) return;
    for (const { tokens } of sqlOnly(statements)) {
      const [, , group] = tokens;
      if (wordsAt(tokens, 0, 'CREATE', 'TABLEGROUP') && isName(group)) this.groups.delete(nameOf(group));
      if (this.keys.size > 0) this.noteKey(tokens);
    }
  }

  /** What was not found, one sentence for each kind. */
  warnings(database: string): string[] {
    const keys = [...this.unnamed].map(([table, name]) => `${name} of ${table}`);
    return [
      ...(this.groups.size === 0
        ? []
        : [
            `This release of ysql_dump leaves tablegroups out (from 2.11.2 on it dumps them, #10168): the tables of ${some([...this.groups])} come back outside of them, each with tablets of its own.`,
          ]),
      ...(keys.length === 0
        ? []
        : [
            `This release of ysql_dump leaves out the names of primary keys (#4806), which are called <table>_pkey in a copy of ${database}: ${some(keys)}. Rename them there if statements name them (ON CONFLICT ON CONSTRAINT).`,
          ]),
    ];
  }

  private noteKey(tokens: readonly Token[]): void {
    const added = wordsAt(tokens, 0, 'ALTER', 'TABLE');
    const at = added ? (wordsAt(tokens, 2, 'ONLY') ? 3 : 2) : tableAt(tokens);
    const table = at === undefined ? undefined : qualifiedNameAt(tokens, at);
    const key = table && shownName(table);
    const name = key === undefined ? undefined : this.keys.get(key);
    if (key === undefined || name === undefined) return;
    if (namesKey(tokens, name)) this.unnamed.delete(key);
    else if (!added) this.unnamed.set(key, name);
  }
}

/** Position of the name in `CREATE [UNLOGGED] TABLE [IF NOT EXISTS] <name>`. */
function tableAt(tokens: readonly Token[]): number | undefined {
  const at = wordsAt(tokens, 1, 'UNLOGGED') ? 2 : 1;
  return wordsAt(tokens, 0, 'CREATE') && wordsAt(tokens, at, 'TABLE') ? skipIfNotExists(tokens, at + 1) : undefined;
}

const namesKey = (tokens: readonly Token[], name: string): boolean =>
  tokens.some((token, i) => {
    const named = tokens[i + 1];
    return (
      token.kind === 'word' &&
      wordsAt(tokens, i, 'CONSTRAINT') &&
      isName(named) &&
      nameOf(named) === name &&
      wordsAt(tokens, i + 2, 'PRIMARY')
    );
  });

const some = (names: readonly string[]): string => firstOf(names, SHOWN);
