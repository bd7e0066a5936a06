import type { SqlSession } from '../ysql/session/sql-session';
import { quoteIdentifier } from '../ysql/session/quote';
import type { LoadRole } from './load-role';

/**
 * Whose session: the load's role; the configured role; or `quiet`, the latter while nothing may run because of what it
 * does.
 */
export type SessionKind = 'owner' | 'server' | 'quiet';

/**
 * The privileges that a load's role needs on what extensions have created: their tables of which dumps contain rows,
 * and their foreign data wrappers.
 */
const rightsFor = (role: string): string => `
  SELECT pg_catalog.format('GRANT USAGE ON FOREIGN DATA WRAPPER %I TO %I', w.fdwname, ${role}) AS "grant"
    FROM pg_catalog.pg_foreign_data_wrapper w WHERE NOT pg_catalog.has_foreign_data_wrapper_privilege(${role}, w.oid, 'USAGE')
   UNION ALL
  SELECT DISTINCT pg_catalog.format('GRANT USAGE ON SCHEMA %I TO %I', n.nspname, ${role})
    FROM pg_catalog.pg_extension e, pg_catalog.unnest(e.extconfig) AS of (oid), pg_catalog.pg_class c, pg_catalog.pg_namespace n
   WHERE c.oid = of.oid AND n.oid = c.relnamespace AND NOT pg_catalog.has_schema_privilege(${role}, n.oid, 'USAGE')
   UNION ALL
  SELECT pg_catalog.format(CASE c.relkind WHEN 'S' THEN 'GRANT UPDATE ON SEQUENCE %I.%I TO %I' ELSE 'GRANT INSERT ON TABLE %I.%I TO %I' END, n.nspname, c.relname, ${role})
    FROM pg_catalog.pg_extension e, pg_catalog.unnest(e.extconfig) AS of (oid), pg_catalog.pg_class c, pg_catalog.pg_namespace n
   WHERE c.oid = of.oid AND n.oid = c.relnamespace AND c.relkind IN ('r', 'p', 'S')
     AND NOT pg_catalog.has_table_privilege(${role}, c.oid, CASE c.relkind WHEN 'S' THEN 'UPDATE' ELSE 'INSERT' END)`;

/**
 * A script's sessions, of which one is open at a time. Settings are repeated in the next session of the same database,
 * so that a statement finds the same ones whoever runs it; opening a new session each time ensures that none sees an
 * outdated catalog after another has changed it.
 */
export class LoadSessions {
  private session: SqlSession | undefined;
  private who: SessionKind = 'server';
  private database = '';
  private readonly settings = new Map<string, { text: string; server: boolean }>();

  constructor(
    private readonly open: (database: string, who: SessionKind) => Promise<SqlSession>,
    /** Absent: everything is run by the configured role. */
    private readonly role: LoadRole | undefined,
    /** The database that the role owns. */
    private readonly makes: string,
  ) {}

  /** Whether the load's role runs the dump's own code. */
  get confined(): boolean {
    return this.role !== undefined && this.database === this.makes;
  }

  async connect(database: string): Promise<void> {
    await this.close();
    this.database = database;
    this.settings.clear();
    const session = await this.of('server');
    if (this.role && this.confined)
      await session.run(`ALTER DATABASE ${quoteIdentifier(database)} OWNER TO ${quoteIdentifier(this.role.name)}`);
  }

  async of(who: SessionKind): Promise<SqlSession> {
    const kind = this.confined ? who : 'server';
    if (this.session && this.who === kind) return this.session;
    await this.close();
    this.session = await this.open(this.database, kind);
    this.who = kind;
    for (const { text, server } of this.settings.values())
      if (!server || kind !== 'owner') await this.session.run(text);
    return this.session;
  }

  /** A setting for all later sessions; `server`: one that only a superuser may set. */
  async set(name: string, text: string, server: boolean): Promise<void> {
    if (this.session && (!server || this.who !== 'owner')) await this.session.run(text);
    this.settings.set(name, { text, server });
  }

  /** After an extension was created: privileges that only its owner may grant. */
  async giveRights(): Promise<void> {
    if (!this.role || !this.confined) return;
    const session = await this.of('server');
    for (const { grant } of await session.run(rightsFor(`'${this.role.name}'`)))
      if (typeof grant === 'string') await session.run(grant);
  }

  async giveForeignTable(name: string): Promise<void> {
    if (!this.role || !this.confined) return;
    await (await this.of('server')).run(`ALTER FOREIGN TABLE ${name} OWNER TO ${quoteIdentifier(this.role.name)}`);
  }

  async giveTablespace(name: string): Promise<void> {
    if (!this.role || !this.confined) return;
    const tablespace = `'${name.replaceAll("'", "''")}'`;
    const session = await this.of('server');
    const [lacks] = await session.run(
      `SELECT 1 FROM pg_catalog.pg_tablespace WHERE spcname = ${tablespace} AND NOT pg_catalog.has_tablespace_privilege('${this.role.name}', oid, 'CREATE')`,
    );
    if (lacks)
      await session.run(`GRANT CREATE ON TABLESPACE ${quoteIdentifier(name)} TO ${quoteIdentifier(this.role.name)}`);
  }

  /**
   * Gives objects without an owner from the dump to the configured role, and removes all privileges of the load's role.
   */
  async disown(): Promise<void> {
    if (!this.role || !this.confined) return;
    const session = await this.of('quiet');
    await session.run('RESET SESSION AUTHORIZATION');
    await session.run(`REASSIGN OWNED BY ${quoteIdentifier(this.role.name)} TO CURRENT_USER`);
    await session.run(`DROP OWNED BY ${quoteIdentifier(this.role.name)}`);
  }

  async close(): Promise<void> {
    await this.session?.close();
    this.session = undefined;
  }
}
