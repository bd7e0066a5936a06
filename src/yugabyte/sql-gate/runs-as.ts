import type { Statement, Token } from '../ysql-dump/scan/scan-sql';
import { findWords, isName, isSymbol, nameOf, wordsAt } from '../ysql-dump/scan/statement';
import { setByBlock } from './session-statements';
import { NAME, QUALIFIED, shape, shapeOf } from './shape';

/**
 * Who runs a statement of a dump, so that code from the dump never gets the privileges of the configured role:
 * - `owner`: the role that owns only the new database. For everything that may evaluate what the dump wrote.
 * - `session`: a setting for whoever runs what follows; `serverSession`: one that only a superuser may set.
 * - `server`: the configured role, at once.
 * - `last`, `events`: the configured role, once nothing of the dump can run any more; what `events` creates would run
 * at each of its statements.
 */
export type RunsAs = 'owner' | 'session' | 'serverSession' | 'server' | 'last' | 'events';

const ARGUMENTS = String.raw`\( .*\)`;
/** The statement must contain nothing else: `ALTER TABLE … OWNER TO x, ADD CHECK (…)` evaluates what it adds. */
const OWNER = [
  `(?:foreign )?table (?:only )?${QUALIFIED}`,
  `(?:sequence|view|materialized view|index|type|domain|statistics|schema|collation|conversion|server|foreign data wrapper|publication|subscription|tablegroup|(?:procedural )?language|text search \\w+|database) ${QUALIFIED}`,
  `(?:function|procedure|routine|aggregate) ${QUALIFIED} ${ARGUMENTS}`,
  `operator (?:${NAME} \\. )*[^a-z@]+ ${ARGUMENTS}`,
  `operator (?:class|family) ${QUALIFIED} using ${NAME}`,
];
const LAST: readonly RegExp[] = [
  shape(`alter (?:${OWNER.join('|')}) owner to ${NAME}`),
  shape(`alter sequence ${QUALIFIED} owned by (?:${NAME} \\. )*${NAME}`),
  /^(?:grant|revoke|comment|security label) /,
  /^alter default privileges /,
  /^alter database /,
  /^alter (?:role|user) /,
  /^(?:re)?set session authorization/,
  shape(`create publication ${NAME} for all tables(?: with ${ARGUMENTS})?`),
  shape(`alter publication ${NAME} add tables in schema ${NAME}`),
  /^create (?:subscription|user mapping) /,
];
/**
 * None of these evaluates anything; whatever could call a user's function is refused (`code.ts`) or runs as the owner.
 */
const SERVER: readonly RegExp[] = [
  /^(?:create|drop) extension /,
  shape(`alter extension ${NAME} add .+`),
  /^create (?:or replace )?(?:trusted )?(?:procedural )?language /,
  shape(`create type ${QUALIFIED}(?: ${ARGUMENTS})?`),
  /^create (?:access method|operator class|operator family|cast|transform|foreign data wrapper) /,
  /^alter operator family .* add /,
  /^create text search (?:parser|template) /,
  /^update pg_catalog \. /,
  /^select pg_catalog \. (?:yb_)?binary_upgrade_/,
  /^do /,
  /^create (?:database|role|user|group|tablespace|profile) /,
];

export function runsAs(statement: Statement, { untrusted }: { untrusted: boolean }): RunsAs {
  const { tokens } = statement;
  const line = shapeOf(tokens);
  if (/^(?:create|alter) event trigger |^(?:comment|security label) .*on event trigger /.test(line)) return 'events';
  if (LAST.some((one) => one.test(line))) return 'last';
  if (/^set /.test(line)) return /^set yb_/.test(line) ? 'serverSession' : 'session';
  if (/^select pg_catalog \. set_config /.test(line)) return 'session';
  const set = setByBlock(tokens);
  if (set !== undefined) return set.startsWith('yb_enable_') ? 'session' : 'serverSession';
  if (SERVER.some((one) => one.test(line))) return 'server';
  // A default is evaluated as the creating role, and its constants are parsed by the input functions of their types.
  if (untrusted && isRoutine(line)) return hasDefaults(tokens) ? 'owner' : 'server';
  if (/^create (?:or replace )?aggregate /.test(line)) return keepsInternalState(tokens) ? 'server' : 'owner';
  if (/^create foreign table /.test(line)) return namesServerFile(tokens) ? 'server' : 'owner';
  return 'owner';
}

const isRoutine = (line: string): boolean => /^create (?:or replace )?(?:function|procedure) /.test(line);

const hasDefaults = (tokens: readonly Token[]): boolean =>
  tokens.some((token, at) => wordsAt(tokens, at, 'DEFAULT') || (token.depth > 0 && isSymbol(token, '=')));

/** Its state has an internal type, with no initial constant. */
const keepsInternalState = (tokens: readonly Token[]): boolean =>
  tokens.some((token, at) => isName(token) && /^m?stype$/.test(nameOf(token)) && wordsAt(tokens, at + 2, 'internal')) &&
  !tokens.some((token) => isName(token) && /^m?initcond/.test(nameOf(token)));

/** A plain table of columns over a file: only a superuser may name the file. */
function namesServerFile(tokens: readonly Token[]): boolean {
  const options = findWords(tokens, 3, 'OPTIONS');
  const names = tokens.some((token, at) => at > options && isName(token) && nameOf(token) === 'filename');
  const evaluates = tokens.some((_, at) =>
    wordsAt(tokens, at, 'DEFAULT|CHECK|GENERATED|PARTITION|INHERITS|CONSTRAINT'),
  );
  return options !== -1 && names && !evaluates;
}

/** The name of the table that a `CREATE FOREIGN TABLE` creates, as written. */
export function foreignTableOf({ tokens, start }: Statement, text: string): string | undefined {
  if (!/^create foreign table /.test(shapeOf(tokens))) return undefined;
  const from = wordsAt(tokens, 3, 'IF', 'NOT', 'EXISTS') ? tokens[6] : tokens[3];
  const open = tokens.find((token) => isSymbol(token, '('));
  return from && open ? text.slice(from.start - start, open.start - start).trim() : undefined;
}

/** The tablespace that a statement names. */
export function tablespaceOf({ tokens }: Statement): string | undefined {
  const at = wordsAt(tokens, 0, 'SET', 'default_tablespace') ? 2 : findWords(tokens, 2, 'TABLESPACE');
  const token = at === -1 ? undefined : tokens[at + 1];
  if (!token || (token.kind !== 'string' && !isName(token)) || token.value === '') return undefined;
  return nameOf(token);
}

/** The name of a statement in a list: `CREATE EXTENSION`, `ALTER … OWNER TO`. */
export function kindOf({ tokens }: Statement): string {
  const line = shapeOf(tokens.slice(0, 4)).toUpperCase();
  if (wordsAt(tokens, tokens.length - 3, 'OWNER', 'TO')) return 'ALTER … OWNER TO';
  const [kind] =
    /^(?:CREATE|ALTER|DROP)(?: OR REPLACE)?(?: (?:TRUSTED|PROCEDURAL))* (?:EVENT TRIGGER|ACCESS METHOD|OPERATOR (?:CLASS|FAMILY)|FOREIGN (?:TABLE|DATA WRAPPER)|TEXT SEARCH \w+|DEFAULT PRIVILEGES|USER MAPPING|\w+)|^SECURITY LABEL|^SET SESSION AUTHORIZATION|^RESET SESSION AUTHORIZATION|^\w+/.exec(
      line,
    ) ?? [];
  return kind?.replace(' OR REPLACE', '') ?? line;
}
