import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { isFailureType, type BackUpDatabaseResult } from '../../src/contract';
import { backupsOf } from '../support/store/backup-list';
import { leftovers } from '../support/cluster/cluster-state';
import { newDatabase, SMALL } from '../support/cluster/new-database';
import { contentOf, quoted, withSql } from '../support/cluster/sql';
import { start, stackJson, temporalClient, until } from '../support/stack';
import { guardianEnd, killProcess } from '../support/cluster/watch-run';

const ROUNDS = Number(process.env['KALPA_TORTURE_ROUNDS'] ?? 5);
const SEED = Number(process.env['KALPA_TORTURE_SEED'] ?? 1);
/** A backup and a restore of this database take about so long; a kill strikes at any moment of that, or just after. */
const RUN_MS = 5_000;
/** A run may wait for a store that is being restarted, but not for ever. */
const ENDS_WITHIN_MS = 240_000;

/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Ending {
  ok: boolean;
  /** Failure type of the contract, or what came instead of one. */
  type: string;
  value?: unknown;
}

describe(`torture, seed ${SEED}`, () => {
  const random = randomNumbers(SEED);
  const stack = stackJson();
  const killed: Record<string, number> = {};
  const ended: Record<string, number> = {};
  let client: Client;
  let source: string;

  beforeAll(async () => {
    client = await temporalClient(stack);
    source = await newDatabase(stack, 'tortured', SMALL);
  });
  afterAll(async () => {
    await client.connection.close();
    process.stdout.write(`torture: ${JSON.stringify({ seed: SEED, rounds: ROUNDS, killed, ended })}\n`);
  });

  /** Kills a random process at a random moment of the run, and tells how the run ended. */
  async function underFire(type: string, input: object): Promise<Ending> {
    const names = stackJson().processes.map(({ name }) => name);
    const victim = names[Math.floor(random() * names.length)] ?? 'control-worker';
    const after = random() * RUN_MS;
    const handle = await start(client, type, input);
    const kill = sleep(after).then(async () => await killProcess(victim));
    const ending = await Promise.race([
      handle.result().then(
        (value: unknown): Ending => ({ ok: true, type: 'complete', value }),
        (error: unknown): Ending => ({ ok: false, type: typeOf(error) }),
      ),
      sleep(ENDS_WITHIN_MS, { ok: false, type: 'never ended' }, { ref: false }),
    ]);
    await kill;
    const kind = victim.replace(/-\d.*/, '');
    killed[kind] = (killed[kind] ?? 0) + 1;
    const key = `${type} ${ending.type}`;
    ended[key] = (ended[key] ?? 0) + 1;
    return ending;
  }

  /** Everything serves again: an inspection finds no problem. */
  async function calm(): Promise<void> {
    await until(
      'everything serves again',
      async () => {
        const found = (await (await start(client, 'inspectCluster', {})).result()) as { problems: string[] };
        return found.problems.length === 0;
      },
      90_000,
    );
  }

  it.each(Array.from({ length: ROUNDS }, (_, i) => i + 1))(
    'round %i',
    async (round) => {
      const database = `ysql.${source}`;
      await withSql(stack.ysql, source, async (sql) => {
        await sql.query(`INSERT INTO customers (name) VALUES ('round ${round}')`);
      });
      const content = await contentOf(stack.ysql, source);
      const before = (await backupsOf(stack, 'demo', database)).filter(({ state }) => state === 'committed').length;

      let backup = await underFire('backUpDatabase', { database, fingerprint: 'full' });
      if (!backup.ok) expect(isFailureType(backup.type)).toBe(true);
      await calm();
      await guardianEnd(client, database);
      expect(await leftovers(stack)).toEqual([]);
      const after = (await backupsOf(stack, 'demo', database)).filter(({ state }) => state === 'committed').length;
      expect(after - before).toBe(backup.ok ? 1 : 0); // a failed run is never listed, a good one always
      if (!backup.ok) {
        const again = await (await start(client, 'backUpDatabase', { database, fingerprint: 'full' })).result();
        backup = { ok: true, type: 'complete', value: again };
      }

      const { backupId } = backup.value as BackUpDatabaseResult;
      const as = `copy_${round}`;
      const input = { backup: backupId, as, verify: 'full' };
      const restore = await underFire('restoreDatabase', input);
      if (!restore.ok) expect(isFailureType(restore.type)).toBe(true);
      await calm();
      await guardianEnd(client, `ysql.${as}`);
      expect(await leftovers(stack)).toEqual([]);
      if (!restore.ok) await (await start(client, 'restoreDatabase', input)).result();
      expect(await contentOf(stack.ysql, as)).toEqual(content);
      await withSql(stack.ysql, 'yugabyte', async (sql) => await sql.query(`DROP DATABASE ${quoted(as)} WITH (FORCE)`));
    },
    ENDS_WITHIN_MS * 3,
  );
});

function typeOf(error: unknown): string {
  const { cause } = error as { cause?: { type?: string; name?: string } };
  return cause?.type ?? cause?.name ?? String(error);
}
