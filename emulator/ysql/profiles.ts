import type { Cluster } from '../cluster';
import { withDatabase } from '../postgres/connect';
import { has } from '../releases';
import type { ProfileState } from '../state';
import { plainName, tokensOf } from './tokens';

/** The query to send to PostgreSQL instead, or the error. */
type Answer = { sql: string } | { code: string; message: string };

/** The emulator's ysql_dumpall calls it. */
const DUMPED = 'pg_yb_emulator.dumped_profiles()';
const NOTHING: Answer = { sql: 'DO $$ BEGIN END $$' };
const MENTIONS = /\bprofile\b|\bnoprofile\b|pg_yb_(?:role_)?profile|dumped_profiles/i;

/**
 * Login profiles (manual since 2.18; yb_profile.sql and yb_role_profile.sql, YugabyteDB's own tests): PostgreSQL has
 * none, so they are kept in the emulator's state, and queries of their catalog get values instead. They restrict no
 * login here. Undefined: the text is about something else, or the release has no profiles, and PostgreSQL reports a
 * syntax error as the older YSQL does.
 */
export async function aboutProfiles(cluster: Cluster, text: string): Promise<Answer | undefined> {
  if (!MENTIONS.test(text) || !has(cluster.options.dialect, 'profiles')) return undefined;
  const roles = await rolesThatStand(cluster);
  const words = tokensOf(text)
    .filter(({ kind, text: piece }) => kind !== 'space' && piece !== ';')
    .map(({ text: piece }) => piece);
  const at = (i: number, ...any: string[]): boolean => any.includes(words[i]?.toUpperCase() ?? '');
  if (at(0, 'CREATE') && at(1, 'PROFILE')) return create(cluster, plainName(words[2] ?? ''), words.slice(3));
  if (at(0, 'DROP') && at(1, 'PROFILE')) {
    const ifExists = at(2, 'IF') && at(3, 'EXISTS');
    return drop(cluster, plainName(words[ifExists ? 4 : 2] ?? ''), ifExists);
  }
  if (at(0, 'ALTER') && at(1, 'ROLE', 'USER')) {
    const i = at(3, 'WITH') ? 4 : 3;
    if (at(i, 'NOPROFILE')) return attach(cluster, roles, plainName(words[2] ?? ''), undefined);
    if (at(i, 'PROFILE')) return attach(cluster, roles, plainName(words[2] ?? ''), plainName(words[i + 1] ?? ''));
  }
  if (/^\s*UPDATE\s+(?:pg_catalog\.)?pg_yb_role_profile\b/i.test(text)) return NOTHING;
  return { sql: withoutCatalog(cluster, text) };
}

function create(cluster: Cluster, name: string, limit: readonly string[]): Answer {
  const [first, second, attempts = ''] = limit;
  if (first?.toUpperCase() !== 'LIMIT' || second?.toUpperCase() !== 'FAILED_LOGIN_ATTEMPTS' || !/^\d+$/.test(attempts))
    return { code: '42601', message: `syntax error at or near "${first ?? ''}"` };
  const profiles = (cluster.state.profiles ??= []);
  if (profiles.some((one) => one.name === name)) return { code: '42710', message: `profile "${name}" already exists` };
  profiles.push({ name, attempts: Number(attempts), roles: [] });
  cluster.save();
  return NOTHING;
}

function drop(cluster: Cluster, name: string, ifExists: boolean): Answer {
  const { state } = cluster;
  const found = state.profiles?.find((one) => one.name === name);
  if (!found) return ifExists ? NOTHING : unknown(name);
  if (found.roles.length > 0)
    return { code: '2BP01', message: `profile "${name}" cannot be dropped because some objects depend on it` };
  state.profiles = state.profiles?.filter((one) => one !== found) ?? [];
  cluster.save();
  return NOTHING;
}

function attach(cluster: Cluster, roles: ReadonlySet<string>, role: string, profile: string | undefined): Answer {
  const { state } = cluster;
  const found = state.profiles?.find(({ name }) => name === profile);
  if (profile !== undefined && !found) return unknown(profile);
  if (!roles.has(role)) return { code: '42704', message: `role "${role}" does not exist` };
  for (const one of state.profiles ?? []) one.roles = one.roles.filter((other) => other !== role);
  found?.roles.push(role);
  cluster.save();
  return NOTHING;
}

/** All existing roles; a dropped role no longer has a profile. */
async function rolesThatStand({ state, options }: Cluster): Promise<ReadonlySet<string>> {
  const roles = await withDatabase(options.postgres, 'postgres', async (client) => {
    const { rows } = await client.query<{ name: string }>('SELECT rolname::text AS name FROM pg_roles');
    return new Set(rows.map(({ name }) => name));
  });
  for (const profile of state.profiles ?? []) profile.roles = profile.roles.filter((role) => roles.has(role));
  return roles;
}

const unknown = (name: string): Answer => ({ code: '42704', message: `profile "${name}" does not exist` });

/** Replaces reads of the profiles' catalog, which PostgreSQL does not have, by their values. */
function withoutCatalog({ state }: Cluster, text: string): string {
  const profiles = state.profiles ?? [];
  const values = (rows: readonly string[], empty: string): string =>
    rows.length === 0 ? `(SELECT ${empty} WHERE false)` : `(VALUES ${rows.join(', ')})`;
  const own = values(
    profiles.map(({ name, attempts }, i) => `(${i + 1}::oid, ${literal(name)}::name, ${attempts})`),
    '1::oid, NULL::name, 0',
  );
  const ofRoles = values(
    profiles.flatMap(({ roles }, i) => roles.map((role) => `(${literal(role)}::name, ${i + 1}::oid)`)),
    'NULL::name, 1::oid',
  );
  const catalog = `WITH pg_yb_profile (oid, prfname, prfmaxfailedloginattempts) AS (${own}),
    of_roles (role, profile) AS (${ofRoles}),
    pg_yb_role_profile AS (
      SELECT a.oid AS rolprfrole, profile AS rolprfprofile, 'o'::"char" AS rolprfstatus, 0 AS rolprffailedloginattempts
        FROM of_roles JOIN pg_catalog.pg_roles a ON a.rolname = role) `;
  const plain = text
    .replaceAll(/to_regclass\('(?:pg_catalog\.)?pg_yb_(?:role_)?profile'\)/g, "to_regclass('pg_catalog.pg_authid')")
    .replaceAll(/\bpg_catalog\.(pg_yb_(?:role_)?profile)\b/g, '$1')
    .replaceAll(DUMPED, () => `(${literal(dumpOf(profiles))})`);
  return /^\s*SELECT\b[^]*\bpg_yb_(?:role_)?profile\b/i.test(text) ? catalog + plain : plain;
}

/** As ysql_dumpall of 2.25 and newer prints them, after the memberships. */
function dumpOf(profiles: readonly ProfileState[]): string {
  const quoted = (name: string): string =>
    /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
  return profiles
    .flatMap(({ name, attempts, roles }) => [
      `CREATE PROFILE ${quoted(name)} LIMIT FAILED_LOGIN_ATTEMPTS ${attempts};\n\n`,
      ...roles.map(
        (role) => `ALTER ROLE ${quoted(role)} PROFILE ${quoted(name)};
UPDATE pg_catalog.pg_yb_role_profile
SET rolprfstatus = 'o',
rolprffailedloginattempts = 0
WHERE rolprfrole = (SELECT oid FROM pg_authid WHERE rolname = ${literal(role)})
  AND rolprfprofile = (SELECT oid FROM pg_yb_profile WHERE prfname = ${literal(name)});\n\n`,
      ),
    ])
    .join('');
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
