import type { Cluster } from '../../cluster';
import { quoted } from '../../postgres/connect';
import { hashRanges } from '../../journal/records';
import { keyOf, neededTypes, type CqlColumn, type CqlIndex, type CqlTable } from '../catalog/definition';
import { invalid, tableNotFound } from '../errors';
import { createKeyspace, dropKeyspace, hiddenTables, keyspaceExists } from '../catalog/keyspaces';
import { databaseNameOf } from '../catalog/keyspace-name';
import {
  addIndex,
  createTable,
  define,
  readTable,
  readTables,
  readTypes,
  sqlTable,
  writeTypes,
} from '../catalog/tables';
import type { CqlResult, SchemaChange } from './result';
import type { Session } from './session';
import type { QualifiedName } from '../language/reader';
import type { AlterTable, CreateIndex, CreateTable, Statement } from '../language/statements';
import { checkType, storageType, typeText, type UserType } from '../values/types';

type SchemaStatement = Exclude<
  Statement,
  { kind: 'insert' | 'update' | 'delete' | 'select' | 'use' | 'begin' | 'commit' }
>;

/** Runs DDL and returns what it changed; `void` if there was nothing to change. Throws a `CqlError`. */
export async function executeSchema(session: Session, statement: SchemaStatement): Promise<CqlResult> {
  const change = await changeSchema(session, statement);
  return change ? { kind: 'schema', ...change } : { kind: 'void' };
}

async function changeSchema(session: Session, statement: SchemaStatement): Promise<SchemaChange | undefined> {
  switch (statement.kind) {
    case 'create-keyspace':
      if (statement.ifNotExists && (await keyspaceExists(session.cluster, statement.name))) return undefined;
      await createKeyspace(session.cluster, statement.name);
      return { change: 'CREATED', keyspace: statement.name };
    case 'alter-keyspace':
      return { change: 'UPDATED', keyspace: statement.name }; // replication is the cluster's own
    case 'drop-keyspace':
      if (statement.ifExists && !(await keyspaceExists(session.cluster, statement.name))) return undefined;
      await session.close(statement.name);
      await dropKeyspace(session.cluster, statement.name);
      return { change: 'DROPPED', keyspace: statement.name };
    case 'create-table':
      return (await runCreateTable(session, statement)) ? changed(session, 'CREATED', statement.table) : undefined;
    case 'alter-table':
      await alterTable(session, statement);
      return changed(session, 'UPDATED', statement.table);
    case 'create-index':
      return (await createIndex(session, statement)) ? changed(session, 'UPDATED', statement.table) : undefined;
    case 'truncate':
      await refuseScheduled(session, session.keyspaceOf(statement.table), statement.table.name);
      return await session.atomically(session.keyspaceOf(statement.table), async (client) => {
        await readTable(client, statement.table.name);
        await client.query(`TRUNCATE ${sqlTable(statement.table.name)}`);
        return undefined;
      });
    case 'drop-table':
    case 'drop-index':
    case 'drop-type':
      return await drop(session, statement);
    case 'create-type':
    case 'alter-type':
      return await changeType(session, statement);
  }
}

function changed(
  session: Session,
  change: SchemaChange['change'],
  at: QualifiedName,
  kind: 'TABLE' | 'TYPE' = 'TABLE',
): SchemaChange {
  return { change, keyspace: session.keyspaceOf(at), object: { kind, name: at.name } };
}

/** It removes the tablets' history too, so the real one also refuses it (#11777). */
async function refuseScheduled({ cluster }: Session, keyspace: string, table: string): Promise<void> {
  const database = await cluster.databases.named(databaseNameOf(keyspace));
  const schedule = cluster.schedules.live.find(({ databaseOid }) => databaseOid === database?.oid);
  if (schedule) throw invalid(`Cannot truncate table ${keyspace}.${table} which has schedule: ${schedule.id}`);
}

/** Returns whether it was missing. */
async function runCreateTable(session: Session, statement: CreateTable): Promise<boolean> {
  const keyspace = session.keyspaceOf(statement.table);
  const { name } = statement.table;
  const created = await session.atomically(keyspace, async (client) => {
    const known = await readTypes(client);
    if ((await readTables(client)).has(name)) {
      if (statement.ifNotExists) return false;
      throw invalid(`Duplicate Object. Object '${keyspace}.${name}' already exists`);
    }
    for (const { type } of statement.columns) checkType(type, keyspace, known);
    await createTable(client, name, definitionOf(statement, known));
    return true;
  });
  if (created && statement.properties.tablets !== undefined)
    await splitInto(session, keyspace, name, statement.properties.tablets);
  return created;
}

/** A table that was requested with another number of tablets than the default. */
async function splitInto(session: Session, keyspace: string, table: string, tablets: number): Promise<void> {
  const { databases } = session.cluster;
  const database = await databases.named(databaseNameOf(keyspace));
  if (!database) return;
  await databases.atMoment(database.oid, async ({ tables }) => {
    const found = tables.find(({ name, kind }) => name === table && kind === 'r');
    if (found) await databases.retile(database.oid, new Map([[found.id, hashRanges(tablets)]]));
  });
}

function definitionOf(statement: CreateTable, known: ReadonlyMap<string, UserType>): CqlTable {
  const { partition, clustering, order, properties } = statement;
  const missing = [...partition, ...clustering].find(
    (name) => !statement.columns.some((column) => column.name === name),
  );
  if (missing !== undefined) throw invalid(`Undefined Column. Column doesn't exist: ${missing}`);
  const ordered = [
    ...[...partition, ...clustering].flatMap((name) => statement.columns.filter((column) => column.name === name)),
    ...statement.columns.filter(({ name }) => !partition.includes(name) && !clustering.includes(name)),
  ];
  const columns = ordered.map(({ name, type }): CqlColumn => {
    const text = typeText(type);
    if (partition.includes(name)) return { name, type: text, kind: 'partition_key' };
    if (clustering.includes(name)) return { name, type: text, kind: 'clustering', order: order.get(name) ?? 'ASC' };
    return { name, type: text, kind: 'regular' };
  });
  return {
    columns,
    defaultTtlSeconds: properties.default_time_to_live ?? 0,
    transactions: properties.transactions ?? false,
    ...(properties.tablets === undefined ? {} : { tablets: properties.tablets }),
    indexes: [],
    types: neededTypes(
      columns.map(({ type }) => type),
      known,
    ),
  };
}

async function alterTable(session: Session, { table: at, add, drop, rename, properties }: AlterTable): Promise<void> {
  const keyspace = session.keyspaceOf(at);
  await session.atomically(keyspace, async (client) => {
    const table = await readTable(client, at.name);
    const known = await readTypes(client);
    const alter = async (change: string): Promise<void> =>
      void (await client.query(`ALTER TABLE ${sqlTable(at.name)} ${change}`));
    for (const { name, type } of add) {
      checkType(type, keyspace, known);
      if (table.columns.some((column) => column.name === name))
        throw invalid(`Invalid Arguments. Column ${name} already exists`);
      await alter(`ADD COLUMN ${quoted(name)} ${storageType(type)}`);
      table.columns.push({ name, type: typeText(type), kind: 'regular' });
    }
    for (const name of drop) {
      const found = table.columns.find((column) => column.name === name);
      if (found?.kind !== 'regular') throw invalid(`Invalid Arguments. Column ${name} cannot be dropped`);
      await alter(`DROP COLUMN ${quoted(name)}`);
      table.columns.splice(table.columns.indexOf(found), 1);
    }
    for (const { from, to } of rename) {
      const found = table.columns.find((column) => column.name === from);
      if (!found) throw invalid(`Undefined Column. Column doesn't exist: ${from}`);
      await alter(`RENAME COLUMN ${quoted(from)} TO ${quoted(to)}`);
      found.name = to;
    }
    if (properties.default_time_to_live !== undefined) table.defaultTtlSeconds = properties.default_time_to_live;
    table.types = neededTypes(
      table.columns.map(({ type }) => type),
      known,
    );
    await define(client, at.name, table);
  });
}

/** Returns whether it was missing. */
async function createIndex(session: Session, statement: CreateIndex): Promise<boolean> {
  return await session.atomically(session.keyspaceOf(statement.table), async (client) => {
    const table = await readTable(client, statement.table.name);
    const taken = [...(await readTables(client)).values()].some(({ indexes }) =>
      indexes.some(({ name }) => name === statement.name),
    );
    if (taken && statement.ifNotExists) return false;
    if (taken) throw invalid(`Duplicate Object. Object '${statement.name}' already exists`);
    if (!table.transactions && statement.properties.transactions !== false)
      throw invalid(
        'Invalid Table Definition. Transactions cannot be enabled in an index of a table without transactions enabled',
      );
    const named = [...statement.partition, ...statement.clustering];
    const unknown = [...named, ...statement.include].find(
      (name) => !table.columns.some((column) => column.name === name),
    );
    if (unknown !== undefined) throw invalid(`Undefined Column. Column doesn't exist: ${unknown}`);
    const rest = keyOf(table)
      .map(({ name }) => name)
      .filter((name) => !named.includes(name));
    const index: CqlIndex = {
      name: statement.name,
      unique: statement.unique,
      partition: statement.partition,
      clustering: [...statement.clustering, ...rest].map((name) => ({
        name,
        order: statement.order.get(name) ?? 'ASC',
      })),
      include: statement.include,
      transactions: statement.properties.transactions ?? true,
      ...(statement.predicate === undefined ? {} : { predicate: statement.predicate }),
    };
    if (index.predicate !== undefined && index.unique)
      throw invalid('Feature Not Supported. A UNIQUE index of a part of the rows (not by the emulator)');
    await addIndex(client, statement.table.name, table, index);
    return true;
  });
}

async function drop(
  session: Session,
  { kind, name: at, ifExists }: Extract<SchemaStatement, { kind: 'drop-table' | 'drop-index' | 'drop-type' }>,
): Promise<SchemaChange | undefined> {
  const keyspace = session.keyspaceOf(at);
  if (kind === 'drop-type') await refuseTypeOfHidden(session.cluster, keyspace, at.name);
  return await session.atomically(keyspace, async (client) => {
    const tables = await readTables(client);
    if (kind === 'drop-table') {
      if (tables.has(at.name)) {
        await client.query(`DROP TABLE ${sqlTable(at.name)}`);
        return changed(session, 'DROPPED', at);
      }
      if (!ifExists) throw tableNotFound(`${keyspace}.${at.name}`);
    } else if (kind === 'drop-index') {
      const [table, definition] =
        [...tables].find(([, { indexes }]) => indexes.some(({ name }) => name === at.name)) ?? [];
      if (table !== undefined && definition) {
        await client.query(`DROP INDEX ${sqlTable(at.name)}`);
        await define(client, table, {
          ...definition,
          indexes: definition.indexes.filter(({ name }) => name !== at.name),
        });
        return changed(session, 'UPDATED', { keyspace, name: table });
      }
      if (!ifExists) throw tableNotFound(`${keyspace}.${at.name}`);
    } else {
      const types = await readTypes(client);
      const user = [...tables].find(([, { types: used }]) => used.some(({ name }) => name === at.name))?.[0];
      if (user !== undefined)
        throw invalid(`Invalid Request. Cannot delete type '${at.name}'. It is used in table ${user}`);
      const there = types.delete(at.name);
      if (!there && !ifExists) throw invalid(`Type Not Found. ${keyspace}.${at.name}`);
      await writeTypes(client, databaseNameOf(keyspace), types);
      if (there) return changed(session, 'DROPPED', at, 'TYPE');
    }
    return undefined;
  });
}

/** A dropped table that is kept hidden still uses its types (#22027). */
async function refuseTypeOfHidden(cluster: Cluster, keyspace: string, type: string): Promise<void> {
  const user = (await hiddenTables(cluster, keyspace)).find(({ cql }) => cql?.types.some(({ name }) => name === type));
  if (user)
    throw invalid(`Invalid Request. Cannot delete type '${keyspace}.${type}'. It is used in table ${user.name}`);
}

async function changeType(
  session: Session,
  statement: Extract<SchemaStatement, { kind: 'create-type' | 'alter-type' }>,
): Promise<SchemaChange | undefined> {
  const keyspace = session.keyspaceOf(statement.type);
  const { name } = statement.type;
  return await session.atomically(keyspace, async (client) => {
    const types = await readTypes(client);
    const known = types.get(name);
    const fields = statement.kind === 'create-type' ? statement.fields : statement.add;
    for (const { type } of fields) checkType(type, keyspace, types);
    const added = fields.map((field) => ({ name: field.name, type: typeText(field.type) }));
    if (statement.kind === 'create-type') {
      if (known && statement.ifNotExists) return undefined;
      if (known) throw invalid(`Duplicate Type. Type '${keyspace}.${name}' already exists`);
    } else if (!known) throw invalid(`Type Not Found. ${keyspace}.${name}`);
    types.set(name, { name, fields: [...(known?.fields ?? []), ...added] });
    await writeTypes(client, databaseNameOf(keyspace), types);
    return changed(session, known ? 'UPDATED' : 'CREATED', statement.type, 'TYPE');
  });
}
