import type { Statement, Token } from '../ysql-dump/scan/scan-sql';
import { findWords, isName, isSymbol, nameOf, subjectOf, wordsAt } from '../ysql-dump/scan/statement';
import { cast, extension, foreignDataWrapper, language, routine } from './code';
import { forOthers } from './for-others';
import { outside } from './session-statements';
import { NAME, plainString, shape, shapeOf } from './shape';
import { ALLOWED, named, NEEDS_MORE, refused, type GateContext, type Rule, type Verdict } from './verdict';

/**
 * How a CREATE in a dump begins (pg_dump 11 and 15, ysql_dump 2.6 to 2.31), and what else must hold for it. The first
 * match counts.
 */
const CREATES: readonly (readonly [RegExp, Rule])[] = [
  [/^create (?:or replace )?(?:function|procedure) /, routine],
  [/^create (?:or replace )?(?:trusted )?(?:procedural )?language /, language],
  [/^create extension /, extension],
  [shape(`create schema (?:if not exists )?${NAME}(?: authorization ${NAME})?`), () => ALLOWED],
  [/^create (?:unlogged )?table /, table],
  [/^create foreign table /, foreignTable],
  [/^create (?:or replace )?(?:recursive )?view /, () => ALLOWED],
  [/^create materialized view /, materializedView],
  [/^create (?:unique )?index /, () => ALLOWED],
  [/^create (?:unlogged )?sequence /, () => ALLOWED],
  [/^create (?:or replace )?(?:constraint )?trigger /, () => ALLOWED],
  [/^create (?:or replace )?rule /, () => ALLOWED],
  [/^create policy /, () => ALLOWED],
  [/^create (?:or replace )?aggregate /, () => ALLOWED],
  [/^create (?:domain|statistics|collation|tablegroup) /, () => ALLOWED],
  [/^create type .* as (?:(?:enum|range) )?\(/, () => ALLOWED],
  [/^create cast /, cast],
  [/^create (?:type|operator|conversion|default conversion|transform|access method) /, () => NEEDS_MORE],
  [/^create text search (?:parser|template) /, () => NEEDS_MORE],
  [/^create text search (?:dictionary|configuration) /, () => ALLOWED],
  [/^create server /, () => ALLOWED],
  [/^create user mapping /, userMapping],
  [/^create foreign data wrapper /, foreignDataWrapper],
  [
    /^create event trigger /,
    ({ tokens }) => named(`EVENT ${subjectOf(tokens).replace(/ ON .*/, '')}, which runs at each change of the schema`),
  ],
  [/^create publication /, () => NEEDS_MORE],
  [/^create subscription /, subscription],
];

/** What an ALTER in a dump may change, and how. */
const ALTERS: readonly (readonly [RegExp, Rule])[] = [
  [/^alter (?:foreign )?table /, foreignTable],
  [/^alter (?:index|sequence|view|materialized view|type|domain|statistics) /, () => ALLOWED],
  [/^alter default privileges /, () => ALLOWED],
  [shape(`alter extension ${NAME} add .+`), () => NEEDS_MORE],
  [/^alter operator family .* add /, () => NEEDS_MORE],
  [/^alter text search configuration .* add mapping /, () => ALLOWED],
  [/^alter publication .* add /, () => NEEDS_MORE],
  [/^alter event trigger .* (?:disable|enable(?: always| replica)?)$/, () => NEEDS_MORE],
  [/^alter (?:trigger|function|procedure|routine) .* depends on extension /, () => ALLOWED],
  [
    /^alter (?:schema|function|procedure|routine|aggregate|operator|operator class|operator family|collation|conversion|text search \w+|language|procedural language|server|foreign data wrapper|event trigger|publication|subscription|tablegroup) .* owner to /,
    ({ tokens }) => forOthers(tokens, 1) ?? NEEDS_MORE,
  ],
];

export const create: Rule = (statement, context) => {
  const { tokens } = statement;
  if (wordsAt(tokens, 1, 'DATABASE')) return createDatabase(tokens, context);
  // A build of 2.27 wrote the cluster's profiles into the dump of a database.
  if (wordsAt(tokens, 1, 'PROFILE') && context.content === 'database')
    return { kind: 'leftOut', because: 'a profile belongs to the cluster' };
  if (wordsAt(tokens, 1, 'ROLE|USER|GROUP|PROFILE|TABLESPACE') && !wordsAt(tokens, 1, 'USER', 'MAPPING'))
    return context.content === 'roles' ? NEEDS_MORE : refused('a database holds no roles');
  return inDatabase(CREATES, statement, context);
};

export const alter: Rule = (statement, context) => {
  const { tokens } = statement;
  if (wordsAt(tokens, 1, 'DATABASE')) return alterDatabase(tokens, context);
  if (wordsAt(tokens, 1, 'ROLE|USER|GROUP') && !wordsAt(tokens, 1, 'USER', 'MAPPING'))
    return alterRole(tokens, context);
  return inDatabase(ALTERS, statement, context);
};

function inDatabase(known: readonly (readonly [RegExp, Rule])[], statement: Statement, context: GateContext): Verdict {
  const line = shapeOf(statement.tokens);
  const rule = known.find(([is]) => is.test(line))?.[1];
  if (!rule || context.content !== 'database') return refused('a dump has no such statement');
  return context.connected ? rule(statement, context) : outside();
}

const OPTION = `(?:template|encoding|locale|locale_provider|lc_collate|lc_ctype|icu_locale|icu_rules|builtin_locale|collation_version|strategy|oid|tablespace|owner|is_template|allow_connections|colocation|colocated|connection limit)`;
const CREATES_DATABASE = shape(`create database ${NAME}(?: with)?(?: ${OPTION} (?:= )?(?:'|${NAME}|-? ?\\d+))*`);

function createDatabase(tokens: readonly Token[], { content, database }: GateContext): Verdict {
  const [, , name] = tokens;
  if (content !== 'database' || !isName(name) || nameOf(name) !== database)
    return refused('it creates another database');
  const template = findWords(tokens, 3, 'TEMPLATE');
  const source = tokens[isSymbol(tokens[template + 1], '=') ? template + 2 : template + 1];
  if (template !== -1 && (!source || !/^template[01]$/.test(nameOf(source))))
    return refused('it would copy another database');
  return CREATES_DATABASE.test(shapeOf(tokens)) ? ALLOWED : refused('a dump creates a database with other options');
}

/** They name libraries, which the server loads at each connection. */
const LIBRARIES = /^(?:session_preload_libraries|local_preload_libraries|dynamic_library_path|jit_provider)$/i;

function alterDatabase(tokens: readonly Token[], { content, database }: GateContext): Verdict {
  const [, , name] = tokens;
  if (content !== 'database' || !isName(name) || nameOf(name) !== database)
    return refused('it changes another database');
  if (wordsAt(tokens, 3, 'SET') && !wordsAt(tokens, 4, 'TABLESPACE')) return settingOf(tokens, 4);
  const allowed = shape(
    `alter database ${NAME} (?:owner to ${NAME}|set tablespace ${NAME}|reset ${NAME}|(?:with )?(?:connection limit|allow_connections|is_template) (?:= )?(?:-? ?\\d+|true|false))`,
  );
  return allowed.test(shapeOf(tokens)) ? ALLOWED : refused('a dump changes a database in other ways');
}

/** A setting of a database or a role, `x TO …`, at a position. */
function settingOf(tokens: readonly Token[], at: number): Verdict {
  if (tokens.slice(at).every(({ value }) => !LIBRARIES.test(value))) return ALLOWED;
  const path = tokens.slice(at).some((token) => token.kind === 'string' && plainString(token)?.includes('/') !== false);
  if (path) return refused('it would make the server load a file as a library');
  return named(`the setting ${tokens[at]?.value ?? ''}, by which the server loads libraries`);
}

function alterRole(tokens: readonly Token[], { content, database }: GateContext): Verdict {
  const at = findWords(tokens, 2, 'IN', 'DATABASE');
  const name = tokens[at + 2];
  if (at !== -1) {
    if (!isName(name) || nameOf(name) !== database)
      return content === 'roles' ? NEEDS_MORE : refused('it is about another database');
    return settingOf(tokens, at + 4);
  }
  if (content === 'roles') return NEEDS_MORE;
  return wordsAt(tokens, 0, 'ALTER', 'ROLE|USER')
    ? { kind: 'leftOut', because: 'a role that exists is not changed' }
    : refused('a dump of a database changes no roles');
}

export const grant: Rule = ({ tokens }, { content, database, connected }) => {
  const on = findWords(tokens, 1, 'ON');
  if (on === -1)
    return content === 'roles' ? NEEDS_MORE : refused('a dump of a database makes nobody a member of a role');
  if (wordsAt(tokens, on + 1, 'TABLESPACE|PARAMETER'))
    return content === 'roles' ? NEEDS_MORE : refused('it is about the cluster and not about the database');
  if (!wordsAt(tokens, on + 1, 'DATABASE'))
    return content !== 'database'
      ? refused('a dump has no such statement')
      : connected
        ? ((wordsAt(tokens, 0, 'GRANT') ? forOthers(tokens, on + 1) : undefined) ?? ALLOWED)
        : outside();
  for (let at = on + 2; ; at += 2) {
    const name = tokens[at];
    if (!isName(name) || nameOf(name) !== database) return refused('it is about another database');
    if (!isSymbol(tokens[at + 1], ',')) return ALLOWED;
  }
};

/** COMMENT ON and SECURITY LABEL … ON. */
export const describe: Rule = ({ tokens }, { content, database, connected }) => {
  const on = findWords(tokens, 1, 'ON');
  if (on === -1) return refused('a dump has no such statement');
  if (wordsAt(tokens, on + 1, 'ROLE|TABLESPACE'))
    return content === 'roles' ? NEEDS_MORE : refused('it is about the cluster and not about the database');
  const name = tokens[on + 2];
  if (wordsAt(tokens, on + 1, 'DATABASE'))
    return isName(name) && nameOf(name) === database ? ALLOWED : refused('it is about another database');
  if (content !== 'database') return refused('a dump has no such statement');
  return connected ? ALLOWED : outside();
};

/** `CREATE TABLE … AS` would run its query. */
function table({ tokens }: Statement): Verdict {
  return findWords(tokens, 2, 'AS') === -1 ? ALLOWED : refused('a dump fills a table by COPY and by no query');
}

/**
 * With YugabyteDB's metadata a dump populates it at once, which creates the storage that a snapshot's rows go into; the
 * tables are empty at that point.
 */
function materializedView({ tokens }: Statement, { restoring }: GateContext): Verdict {
  return restoring === true || wordsAt(tokens, tokens.length - 3, 'WITH', 'NO', 'DATA')
    ? ALLOWED
    : refused('a dump makes a materialized view empty, and refreshes it later');
}

function foreignTable({ tokens }: Statement): Verdict {
  const options = findWords(tokens, 3, 'OPTIONS');
  const runs = tokens.some(
    (token, i) =>
      options !== -1 && i > options && isName(token) && nameOf(token) === 'program' && tokens[i + 1]?.kind === 'string',
  );
  return runs ? refused('it would run a program on the server whenever it is read') : ALLOWED;
}

function subscription({ tokens }: Statement): Verdict {
  const found = tokens.findIndex((_, at) => wordsAt(tokens, at, 'CONNECT') && isSymbol(tokens[at + 1], '='));
  return found !== -1 && wordsAt(tokens, found + 2, 'FALSE')
    ? named(`${subjectOf(tokens)}, which connects to another server once it is enabled`)
    : refused('a dump makes a subscription without connecting');
}

/**
 * Only a superuser may create one that needs no password: anyone who reads through it acts as the named user, if the
 * other server requires no authentication.
 */
function userMapping({ tokens }: Statement): Verdict {
  const needsPassword = tokens.every((token, at) => {
    const value = tokens[at + 1];
    return !isName(token) || nameOf(token) !== 'password_required' || (value?.value === 'true' && !value.escapes);
  });
  if (needsPassword) return ALLOWED;
  const [role, server] = ['FOR', 'SERVER'].map((word) => tokens[findWords(tokens, 3, word) + 1]);
  return named(
    `the user mapping of ${role ? nameOf(role) : ''} for ${server ? nameOf(server) : ''}, which asks for no password`,
  );
}
