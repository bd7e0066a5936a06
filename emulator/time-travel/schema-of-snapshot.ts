import { mkdirSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Cluster } from '../cluster';
import { has } from '../releases';
import type { SnapshotState } from '../state';
import { writeDurably } from '../write-durably';
import { dumpSchema, fingerprint } from './schema-history';

/** A dump that waits for the locks of an open transaction is given up after this time: the moment then has no text. */
const LOCKS_MS = 500;

/**
 * Runs `take`, which fixes the moment of a snapshot, and records what `ysql_dump --read-time` prints for that moment,
 * in a release that offers the option: PostgreSQL keeps no older catalog to dump later. If DDL happens in between, the
 * moment has no text; if locks of open transactions are in the way, it has none until the schema has changed.
 */
export async function withSchemaOfMoment(
  cluster: Cluster,
  snapshot: SnapshotState,
  take: () => Promise<void>,
): Promise<void> {
  const { options, state } = cluster;
  const database = state.databases.find(({ oid }) => oid === snapshot.databaseOid);
  const wanted = database && snapshot.scheduleId === undefined && database.keyspace === undefined;
  if (!wanted || snapshot.micros !== '' || !has(options.dialect, 'offersDumpReadTime')) {
    await take();
    return;
  }
  await cluster.quiet.during(database.name, async () => {
    const seen = await fingerprint(cluster, database.name);
    await take();
    if ((await fingerprint(cluster, database.name)) !== seen) return;
    snapshot.schemaSeen = seen;
    const text = await dumpSchema(cluster, database.name, ['--create', `--lock-wait-timeout=${LOCKS_MS}`]).catch(
      () => undefined,
    );
    if (text !== undefined && (await fingerprint(cluster, database.name)) === seen) {
      const file = fileOf(cluster, snapshot);
      mkdirSync(dirname(file), { recursive: true });
      writeDurably(file, text);
      snapshot.schemaKept = true;
    }
    cluster.save();
  });
}

/**
 * What a dump as of a moment prints; empty if it is the same as now; undefined if no snapshot was taken at that moment,
 * or if DDL was in progress.
 */
export async function schemaOfMoment(cluster: Cluster, database: string, micros: bigint): Promise<string | undefined> {
  const oid = cluster.state.databases.find(({ name }) => name === database)?.oid;
  const snapshot = cluster.state.snapshots.find((one) => one.databaseOid === oid && one.micros === String(micros));
  if (snapshot?.schemaKept) return await readFile(fileOf(cluster, snapshot), 'utf8');
  return snapshot?.schemaSeen !== undefined && snapshot.schemaSeen === (await fingerprint(cluster, database))
    ? ''
    : undefined;
}

export async function forgetSchema(cluster: Cluster, snapshot: SnapshotState): Promise<void> {
  if (snapshot.schemaKept) await rm(fileOf(cluster, snapshot), { force: true });
}

const fileOf = ({ options }: Cluster, { databaseOid, micros }: SnapshotState): string =>
  join(options.home, 'past-schemas', `${databaseOid}-${micros}.sql`);
