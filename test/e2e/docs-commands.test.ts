import { cql, shopKeyspace } from '../support/cluster/cql';
import { commandsOf, wordsOf } from '../support/docs-commands';
import { onCluster, type FaultCluster } from '../support/cluster/fault-cluster';
import { kalpaCommand, kalpaJson } from '../support/kalpa-command';
import { inFull } from '../support/matrix';
import { SMALL } from '../support/cluster/new-database';
import { withSql } from '../support/cluster/sql';
import { until } from '../support/stack';

/**
 * What the reader of a page has: `ysql.orders`, `ycql.shop`, and for the pages that speak of them backups, dumps and a
 * moment.
 */
class Reader {
  private moment = '';

  constructor(private readonly cluster: FaultCluster) {}

  async sql(text: string, database = 'yugabyte'): Promise<void> {
    await withSql(this.cluster.json.ysql, database, async (client) => await client.query(text));
  }

  async database(): Promise<void> {
    await this.sql('CREATE DATABASE orders');
    await this.sql(SMALL, 'orders');
  }

  async keyspace(): Promise<void> {
    await cql(this.cluster.json, shopKeyspace('shop'));
  }

  /** Runs one line of a page with the names, ids and moments of this cluster. Fails with what it printed. */
  async run(line: string): Promise<string> {
    const words = wordsOf(await this.localized(line));
    const { code, stdout, stderr } = await kalpaCommand(this.cluster.json, ...words);
    if (code !== 0) throw new Error(`kalpa ${words.join(' ')} ended with ${code}: ${stderr}${stdout}`);
    if (line.startsWith('pitr enable')) await this.moveOn();
    if (line.startsWith('schedule trigger'))
      await until(
        'its backup',
        async () => (await this.cluster.backupStates('ysql.orders')).includes('committed'),
        60_000,
      );
    return stdout;
  }

  /** A moment that the cluster keeps, before rows that come later. */
  private async moveOn(): Promise<void> {
    this.moment = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 20)); // the next commit is later than that
    await this.sql("INSERT INTO customers (name) VALUES ('later')", 'orders').catch(() => undefined);
  }

  async momentNow(): Promise<void> {
    await this.moveOn();
  }

  private async localized(line: string): Promise<string> {
    let text = line
      .replaceAll('orders-prod', this.cluster.name)
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, this.moment)
      .replaceAll(/--ago (?:"[^"]*"|\S+)/g, '--ago 0s');
    const [dump, , ofDump] = /((ysql|ycql)\.\w+)-dump-\d{8}T\d{6}Z-[0-9a-f]{6}/.exec(text) ?? [];
    if (dump !== undefined) {
      const [, database = ''] = /^(.*)-dump-/.exec(dump) ?? [];
      const listed = await kalpaJson<{ dumps: { dumpId: string; schemaOnly?: boolean }[] }>(
        this.cluster.json,
        'dumps',
        database,
      );
      text = text.replace(dump, listed.dumps[0]?.dumpId ?? `no dump of ${database}, ${ofDump ?? ''}`);
    }
    const [backup, ofBackup = ''] = /((?:ysql|ycql)\.\w+)-\d{8}T\d{6}Z-[0-9a-f]{6}/.exec(text) ?? [];
    if (backup !== undefined) {
      const listed = await kalpaJson<{ backups: { backupId: string }[] }>(this.cluster.json, 'backups', ofBackup);
      text = text.replace(backup, listed.backups.at(-1)?.backupId ?? `no backup of ${ofBackup}`);
    }
    const [uuid] = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(text) ?? [];
    if (uuid !== undefined) {
      const listed = await this.cluster.ybAdmin('list_snapshots');
      text = text.replace(uuid, /^[0-9a-f-]{36}/m.exec(listed)?.[0] ?? 'no snapshot');
    }
    return text;
  }
}

/** What has to be so before a line of a page can be run, by the page and the line. */
type Before = Record<string, (reader: Reader, cluster: FaultCluster) => Promise<void>>;

const PAGES: [string, (reader: Reader) => Promise<void>, Before][] = [
  ['README.md', async (reader) => await reader.database(), {}],
  ['docs/back-up-and-restore.md', async (reader) => await reader.database(), {}],
  ['docs/logical-dumps.md', async (reader) => await reader.database(), {}],
  [
    'docs/snapshots-in-the-cluster.md',
    async (reader) => {
      await reader.database();
      await reader.keyspace();
    },
    {},
  ],
  [
    'docs/point-in-time-recovery.md',
    async (reader) => await reader.database(),
    {
      'restore ysql.orders': async (reader) => {
        await reader.sql('DROP DATABASE orders_before'); // of the page's clone
        await reader.run('backup ysql.orders'); // proves the schema after that
        await reader.momentNow();
        await reader.run('backup ysql.orders');
      },
    },
  ],
  ['docs/schedules.md', async (reader) => await reader.database(), {}],
  [
    'docs/keyspaces.md',
    async (reader) => await reader.keyspace(),
    {
      'restore ycql.shop --table orders': async (_, cluster) => {
        await cql(cluster.json, 'DROP TABLE shop.orders');
      },
      'restore ycql.shop-': async (reader, cluster) => {
        await cql(
          cluster.json,
          "CREATE INDEX orders_by_day ON shop.orders (total) WITH transactions = {'enabled': 'false', 'consistency_level': 'user_enforced'}",
        );
        await reader.run('backup ycql.shop --table orders');
      },
      'load ycql.shop': async (_, cluster) => {
        await cql(
          cluster.json,
          'DROP TABLE shop_copy.orders; DROP TABLE shop_copy.customers; DROP TYPE shop_copy.address; DROP KEYSPACE shop_copy',
        );
      },
      'recover ycql.shop': async (reader) => {
        await reader.run('pitr enable ycql.shop --every 1m --keep 1h');
      },
      'restore ycql.shop --to': async (reader, cluster) => {
        await cql(
          cluster.json,
          'DROP TABLE shop_then.orders_then; DROP TABLE shop_then.orders; DROP TABLE shop_then.customers; DROP TYPE shop_then.address; DROP KEYSPACE shop_then',
        );
        await reader.momentNow();
        await reader.run('backup ycql.shop');
      },
    },
  ],
];

inFull.each(PAGES)(
  'every command of %s does what the page says, in the order of the page',
  async (page, begin, before) => {
    await onCluster({}, async (cluster) => {
      const reader = new Reader(cluster);
      await begin(reader);
      const commands = commandsOf(page);
      expect(commands.length).toBeGreaterThan(0);
      for (const line of commands) {
        const matching = Object.keys(before).filter((start) => line.startsWith(start));
        const [longest] = matching.sort((a, b) => b.length - a.length);
        if (longest !== undefined) await before[longest]?.(reader, cluster);
        await reader.run(line);
      }
      await tidy(cluster);
    });
  },
  240_000,
);

/** What the pages leave on purpose: snapshots with an end, schedules of snapshots and of Temporal. */
async function tidy(cluster: FaultCluster): Promise<void> {
  for (const database of ['ysql.orders', 'ycql.shop'])
    await (await cluster.start('disablePointInTimeRecovery', { database })).result().catch(() => undefined);
  const { schedules } = await kalpaJson<{ schedules: { id: string }[] }>(cluster.json, 'schedule', 'list');
  for (const { id } of schedules) await kalpaJson(cluster.json, 'schedule', 'remove', id);
  for (const [snapshotId] of (await cluster.ybAdmin('list_snapshots')).matchAll(/^[0-9a-f-]{36}(?=\s+COMPLETE)/gm))
    await (await cluster.start('deleteSnapshot', { snapshotId })).result().catch(() => undefined);
}

it('a line is taken apart as a shell does', () => {
  expect(wordsOf(`dump ycql.shop --copy-option DELIMITER=';' 'NULL=\\N' --note "a b"`)).toEqual([
    'dump',
    'ycql.shop',
    '--copy-option',
    'DELIMITER=;',
    'NULL=\\N',
    '--note',
    'a b',
  ]);
});
