import { databaseNameOf, keyspaceIn } from '../cql/catalog/keyspace-name';
import { databaseOf, lines, MASTER, StatusError, type Command } from './command';
import { parseMoment } from './parse-moment';
import { json, printedTime } from './texts';

const SOURCE = 'yb/master/clone/clone_state_manager.cc:300';

export const cloneNamespace: Command = {
  usage: '<source_namespace> <target_namespace_name> [<timestamp> | minus <interval>]',
  count: [2, 4],
  run: async ({ cluster, args: [source = '', target = '', ...time], timeZone }) => {
    const database = await databaseOf(cluster, source);
    const micros = time.length === 0 ? BigInt(Date.now()) * 1000n : parseMoment(time, timeZone);
    if (cluster.state.flags['enable_db_clone'] === 'false')
      throw new StatusError('Not implemented', SOURCE, 'FLAGS_enable_db_clone is disabled');
    const schedule = cluster.schedules.live.find(({ databaseOid }) => databaseOid === database.oid);
    if (!schedule)
      throw new StatusError(
        'Invalid argument',
        SOURCE,
        `Could not find snapshot schedule for namespace ${database.name}`,
        MASTER.OBJECT_NOT_FOUND,
      );
    const window = cluster.schedules.windowOf(schedule);
    if (!window || micros < window.from || micros > window.to)
      throw new StatusError(
        'Illegal state',
        SOURCE,
        `Cannot clone at ${printedTime(String(micros), timeZone)}, which snapshot schedule ${schedule.id} does not cover`,
      );
    const name = keyspaceIn(database.name) === undefined ? target : databaseNameOf(target);
    if (await cluster.databases.named(name))
      throw new StatusError('Invalid argument', SOURCE, `Target namespace ${target} already exists`);
    const { sequence } = cluster.clones.start(database, name, micros);
    return lines(json({ source_namespace_id: database.id, seq_no: String(sequence) }));
  },
};

export const listClones: Command = {
  usage: '<source_namespace_id> [<seq_no>]',
  count: [1, 2],
  run: ({ cluster, args: [id = '', sequence], timeZone }) =>
    lines(
      json(
        cluster.state.clones
          .filter((one) => one.sourceId === id && (sequence === undefined || String(one.sequence) === sequence))
          .map((one) => ({
            aggregate_state: one.state,
            source_namespace_id: one.sourceId,
            seq_no: String(one.sequence),
            target_namespace_name: keyspaceIn(one.target) ?? one.target,
            restore_time: printedTime(one.micros, timeZone),
            ...(one.reason === undefined ? {} : { abort_message: one.reason }),
          })),
      ),
    ),
};
