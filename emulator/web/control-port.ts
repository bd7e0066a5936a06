import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { Cluster } from '../cluster';
import { FAULT_NAMES, type Fault } from '../faults';
import { hashRanges } from '../journal/records';
import { intentsDir, snapshotsDir, tabletDir } from '../paths';
import { hexId, type TableState, type TabletState } from '../state';
import { addBallast } from './ballast';
import { bodyOf } from './master-rpc';

type Body = Record<string, unknown>;
type Action = (cluster: Cluster, body: Body) => unknown;

/** The requests of the control port. Faults take effect when they are due, the other requests at once. */
const ACTIONS: Readonly<Record<string, Action>> = {
  'GET /faults': ({ faults }) => faults.list(),
  'GET /status': ({ faults, state }) => ({
    struck: faults.struck,
    tservers: state.tservers,
    snapshots: state.snapshots.map(({ tables: _, hidden: __, ...snapshot }) => snapshot),
    restorations: state.restorations.map(({ schema: _, ...restoration }) => restoration),
    schedules: state.schedules,
    clones: state.clones,
    splittingDisabledUntilMs: state.splittingDisabledUntilMs,
  }),
  'POST /faults': ({ faults }, body) => {
    faults.arm(body as unknown as Fault);
    return faults.list();
  },
  /** Disarms everything, starts dead tservers, and makes disks report their true free space. */
  'DELETE /faults': async (cluster) => {
    cluster.faults.clear();
    for (const [i, tserver] of cluster.state.tservers.entries()) {
      delete tserver.pretendFreeBytes;
      if (!tserver.alive) await cluster.setAlive(i, true);
    }
    cluster.save();
    for (const { name, tables } of cluster.state.databases) {
      const leaderless = tables.some(({ tablets }) => tablets.some(({ leader }) => leader === undefined));
      if (leaderless)
        await eachTablet(cluster, { database: name }, (tablet) => (tablet.leader ??= tablet.replicas[0] ?? 0));
    }
    return [];
  },
  'POST /ballast': async (cluster, body) =>
    await addBallast(cluster, {
      database: String(body['database']),
      bytes: Number(body['bytes']),
      files: Number(body['files'] ?? 1),
    }),
  /**
   * `{"database": "orders", "captures": true}`: creates a change data capture stream of a database; false: an xCluster
   * stream of its first table.
   */
  'POST /stream': async (cluster, { database, captures }) => {
    const found = await databaseNamed(cluster, database);
    const stream = {
      id: hexId(),
      objectId: captures === true ? found.id : (found.tables[0]?.id ?? ''),
      captures: captures === true,
    };
    (cluster.state.streams ??= []).push(stream);
    cluster.save();
    return stream;
  },
  /** Makes a database the target of replication from another universe. */
  'POST /replicated': async (cluster, { database }) => {
    const { tables } = await databaseNamed(cluster, database);
    cluster.state.replicatedTables = tables.map(({ id }) => id);
    cluster.save();
    return cluster.state.replicatedTables;
  },
  /** Sets the ids of the universe keys that the masters hold; the last one encrypts. None: encryption is off. */
  'POST /universe-keys': (cluster, { keys }) => {
    cluster.state.universeKeys = (keys as unknown[]).map(String);
    cluster.save();
    return cluster.state.universeKeys;
  },
  /** Splits every tablet of a database in two. */
  'POST /split': async (cluster, { database }) => {
    const { databases, state } = cluster;
    const found = await databaseNamed(cluster, database);
    return await databases.atMoment(found.oid, async () => {
      const tables = state.databases.find(({ oid }) => oid === found.oid)?.tables ?? [];
      const halves = tables.map(({ id, tablets }) => [id, hashRanges(tablets.length * 2)] as const);
      const split = await databases.retile(found.oid, new Map(halves));
      return { tablets: split.reduce((sum, { tablets }) => sum + tablets.length, 0) };
    });
  },
  /**
   * `{"downMs": 2000, "electionMs": 1000}`: connections are refused, then the master runs without being leader, then it
   * leads.
   */
  'POST /restart-master': (cluster, { downMs = 1_000, electionMs = 1_000 }) => {
    cluster.restartMaster(Number(downMs), Number(electionMs));
    cluster.faults.struck.push({ name: 'restart-master', atMs: Date.now() });
    return {};
  },
  'POST /tserver': async (cluster, { tserver, alive }) => {
    await cluster.setAlive(Number(tserver), alive === true);
    return cluster.state.tservers;
  },
  /**
   * Moves the leaders of a table's, or all, tablets to the next replica; `{"none": true}`: leaves them without leaders.
   */
  'POST /leader': async (cluster, body) => {
    const moved = await eachTablet(cluster, body, (tablet) => {
      const next = tablet.replicas[(tablet.replicas.indexOf(tablet.leader ?? -1) + 1) % tablet.replicas.length];
      if (body['none'] === true || next === undefined) delete tablet.leader;
      else tablet.leader = next;
    });
    return { moved };
  },
  /** Removes a tserver's replicas of a table's, or all, tablets, with their directories and snapshots. */
  'POST /replica': async (cluster, body) => {
    const tserver = Number(body['tserver']);
    const moved = await eachTablet(cluster, body, async (tablet, table) => {
      tablet.replicas = tablet.replicas.filter((one) => one !== tserver);
      if (tablet.leader === tserver) tablet.leader = tablet.replicas[0] ?? 0;
      const place = { home: cluster.options.home, tserver, tableId: table.id, tabletId: tablet.id };
      for (const dir of [tabletDir(place), intentsDir(place), snapshotsDir(place)])
        await rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 20 }); // someone may be writing there
    });
    return { moved };
  },
  /** Makes one snapshot, or all, expire now. */
  'POST /expire': (cluster, { snapshot }) => {
    const expired = cluster.state.snapshots.filter(
      ({ id, state }) => state === 'COMPLETE' && (snapshot === undefined || id === snapshot),
    );
    for (const one of expired) one.expiresMs = Date.now();
    cluster.save();
    return { expired: expired.map(({ id }) => id) };
  },
  /** Makes the schedule of a database, or every schedule, take a snapshot now. */
  'POST /schedule-snapshot': ({ schedules }, { database }) => {
    const due = schedules.live.filter(({ databaseName }) => database === undefined || databaseName === database);
    return { snapshots: due.map((schedule) => schedules.snapshot(schedule)?.id ?? null) };
  },
  /** Removes the row versions that a database has replaced until now from snapshots taken from now on. */
  'POST /trim-history': async (cluster, { database }) => {
    const { state, databases } = cluster;
    const found = await databaseNamed(cluster, database);
    await databases.atMoment(found.oid, ({ micros }) => {
      const now = state.databases.find(({ oid }) => oid === found.oid);
      if (now) now.trimmedTo = micros;
      cluster.save();
      return Promise.resolve();
    });
    return { trimmed: found.name };
  },
  'POST /disk': (cluster, { tserver, freeBytes }) => {
    const found = cluster.state.tservers[Number(tserver)];
    if (!found) throw new RangeError('Which tserver? 0, 1 or 2.');
    found.pretendFreeBytes = Number(freeBytes);
    cluster.save();
    return found;
  },
  'POST /flag': (cluster, { name, value }) => {
    cluster.state.flags[String(name)] = String(value);
    cluster.save();
    return cluster.state.flags;
  },
  /** Makes the master forget finished restorations, as a new leader does. */
  'POST /forget-restorations': (cluster) => {
    cluster.state.restorations = cluster.state.restorations.filter(({ state }) => state === 'RESTORING');
    cluster.save();
    return cluster.state.restorations;
  },
};

async function databaseNamed({ databases }: Cluster, name: unknown) {
  const found = await databases.named(String(name));
  if (!found) throw new RangeError(`There is no database ${String(name)}.`);
  return found;
}

/** `table`: `<schema>.<name>`, `database`: its name; absent: all. */
async function eachTablet(
  cluster: Cluster,
  { database, table }: Body,
  change: (tablet: TabletState, table: TableState) => unknown,
): Promise<number> {
  let changed = 0;
  for (const { oid, name } of [...cluster.state.databases]) {
    if (database !== undefined && name !== database) continue;
    await cluster.databases.atMoment(oid, async () => {
      const tables = cluster.state.databases.find((one) => one.oid === oid)?.tables ?? [];
      for (const one of tables) {
        if (table !== undefined && `${one.schema}.${one.name}` !== table) continue;
        for (const tablet of one.tablets) {
          await change(tablet, one);
          changed += 1;
        }
      }
      cluster.save();
    });
  }
  return changed;
}

/** Faults and ballast, over HTTP: what `bin/fault` and tests use. */
export function controlServer(cluster: Cluster): Server {
  return createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const name = `${request.method ?? 'GET'} ${new URL(request.url ?? '/', 'http://emulator').pathname}`;
      const action = ACTIONS[name];
      response.setHeader('content-type', 'application/json');
      if (!action) {
        response.statusCode = 404;
        response.end(
          JSON.stringify({ error: `No action "${name}".`, actions: Object.keys(ACTIONS), faults: FAULT_NAMES }),
        );
        return;
      }
      const text = request.method === 'POST' ? (await bodyOf(request)).toString('utf8') : '';
      response.end(JSON.stringify(await action(cluster, JSON.parse(text === '' ? '{}' : text) as Body)));
    };
    answer().catch((error: unknown) => {
      response.statusCode = 400;
      response.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
    });
  });
}
