import type { Cluster } from '../cluster';
import { replicasNow } from '../snapshots/coordinator';
import { readSnapshot, writeRows } from '../snapshots/restore-rows';
import { keyspaceIn } from '../cql/catalog/keyspace-name';
import { createKeyspace, discardKeyspace } from '../cql/catalog/keyspaces';
import { quoted, withDatabase } from '../postgres/connect';
import type { CloneState, DatabaseState, ScheduleState } from '../state';
import { asPostgresTakesIt } from '../ysql/binary-restore';
import { COLOCATED_TEMPLATE } from '../ysql/yb-syntax';
import { standingAt, withHidden } from './content-at';
import { noteSchema, schemaTextAt } from './schema-history';

/** Makes clones, one after the other; a clone that a kill interrupted is made again from the start. */
export class Clones {
  private running = false;

  constructor(private readonly cluster: Cluster) {}

  start(source: DatabaseState, target: string, micros: bigint): CloneState {
    const clone: CloneState = {
      sourceOid: source.oid,
      sourceId: source.id,
      sequence: this.cluster.state.clones.filter(({ sourceOid }) => sourceOid === source.oid).length + 1,
      target,
      state: 'CLONE_SCHEMA_STARTED',
      micros: String(micros),
    };
    this.cluster.state.clones.push(clone);
    this.cluster.save();
    return clone;
  }

  /** Continues with the oldest clone that has not ended. */
  tick(): void {
    const clone = this.cluster.state.clones.find(({ state }) => state !== 'COMPLETE' && state !== 'ABORTED');
    if (!clone || this.running) return;
    this.running = true;
    this.make(clone)
      .catch((error: unknown) => {
        this.end(clone, 'ABORTED', error instanceof Error ? error.message : String(error));
      })
      .finally(() => (this.running = false));
  }

  private async make(clone: CloneState): Promise<void> {
    const { cluster } = this;
    const schedule = cluster.schedules.live.find(({ databaseOid }) => databaseOid === clone.sourceOid);
    if (!schedule) throw new Error('the snapshot schedule of the source is gone');
    if (cluster.faults.strike('clone-aborts')) throw new Error('a snapshot of the source is being created');
    await this.copy(clone, schedule);
    this.end(clone, 'COMPLETE');
  }

  private async copy(clone: CloneState, schedule: ScheduleState): Promise<void> {
    const { cluster } = this;
    const { postgres } = cluster.options;
    const micros = BigInt(clone.micros);
    const snapshot = await cluster.schedules.snapshotFor(schedule, micros);
    await noteSchema(cluster, clone.sourceOid);
    const source = cluster.state.databases.find(({ oid }) => oid === clone.sourceOid);
    if (!source) throw new Error('the source was dropped');
    await this.createTarget(clone.target, source);
    clone.state = 'CREATING';
    cluster.save();
    await withDatabase(postgres, clone.target, async (client) => {
      await client.query(asPostgresTakesIt(schemaTextAt(source, micros), cluster.options.dialect));
    });
    const target = await cluster.databases.named(clone.target);
    if (!target) throw new Error('the new database is gone');
    await cluster.databases.flush(target.oid);
    clone.state = 'RESTORING';
    cluster.save();
    const contents = standingAt(
      await readSnapshot(cluster.disks, withHidden(replicasNow(snapshot, source)), micros),
      micros,
    );
    const tables = cluster.state.databases.find(({ oid }) => oid === target.oid)?.tables ?? [];
    await writeRows(postgres, clone.target, contents, ({ schema, name }) =>
      tables.find((table) => table.schema === schema && table.name === name),
    );
  }

  /** Starts from scratch what a killed attempt had begun. */
  private async createTarget(target: string, { colocated }: DatabaseState): Promise<void> {
    const { cluster } = this;
    const keyspace = keyspaceIn(target);
    if (keyspace !== undefined) {
      await discardKeyspace(cluster, keyspace);
      await createKeyspace(cluster, keyspace);
      return;
    }
    await withDatabase(cluster.options.postgres, 'postgres', async (client) => {
      await client.query(`DROP DATABASE IF EXISTS ${quoted(target)}`);
      await client.query(
        `CREATE DATABASE ${quoted(target)} TEMPLATE ${colocated ? COLOCATED_TEMPLATE[colocated] : 'template0'}`,
      );
    });
  }

  private end(clone: CloneState, state: 'COMPLETE' | 'ABORTED', reason?: string): void {
    clone.state = state;
    if (reason !== undefined) clone.reason = reason;
    this.cluster.save();
  }
}
