import type { Client } from '@temporalio/client';
import {
  isCommitted,
  isDumpCommitted,
  layout,
  openRepository,
  trustOf,
  type ClusterStore,
} from '../../../src/repository';
import { operationsOf } from '../../support/store/backup-list';
import { leftovers } from '../../support/cluster/cluster-state';
import { newDatabase, SMALL } from '../../support/cluster/new-database';
import { openStackStore } from '../../support/store/stack-store';
import { failureOf, start, stackJson, temporalClient, until } from '../../support/stack';
import { guardianEnd } from '../../support/cluster/watch-run';
import { forgedRecord, testKey } from '../../security/bucket/forger';

const stack = stackJson();
const stranger = testKey();
let client: Client;
beforeAll(async () => {
  client = await temporalClient(stack);
});
afterAll(async () => {
  await client.connection.close();
});
/** As the message says to do: while one is there, nothing is known of what it refers to, and no deletion can end. */
const forged: string[] = [];
afterEach(async () => {
  const store = openStackStore(stack);
  expect(await store.delete(forged.splice(0))).toEqual([]);
  store.close();
});

/** Waits until a run has recorded its id, and then writes to the bucket as whoever may create objects there. */
async function takeFirst(
  intents: string,
  subject: string,
  forge: (id: string) => { key: string; bytes: Buffer },
): Promise<{ id: string; bytes: Buffer; found: () => Promise<Buffer> }> {
  const store = openStackStore(stack);
  let id: string | undefined;
  await until(`${subject} has begun`, async () => {
    for await (const { key } of store.list(intents))
      if (key.includes(`/${subject}-`)) id = /([^/]+)\.json$/.exec(key)?.[1];
    return id !== undefined;
  });
  const { key, bytes } = forge(id!);
  await store.create(key, bytes, {});
  forged.push(key);
  return {
    id: id!,
    bytes,
    found: async () => {
      const there = await store.read(key);
      store.close();
      return there;
    },
  };
}

/** As a reader with the stack's public keys sees the bucket. */
async function believed<T>(look: (repository: ClusterStore) => Promise<T>): Promise<T> {
  const store = openStackStore(stack);
  const trust = trustOf({ publicKeys: stack.signing.publicKeys });
  return await look(openRepository({ store, cluster: 'demo', trust })).finally(() => {
    store.close();
  });
}

const cases = [
  ['unsigned text', (_kind: 'manifest' | 'dump-manifest') => Buffer.from('{"format":1}')],
  [
    'a record that a stranger has signed',
    (kind: 'manifest' | 'dump-manifest') => forgedRecord(kind, Buffer.from('{}'), stranger),
  ],
] as const;

it.each(cases)(
  '23.2: a backup whose name is taken first, by %s: ends without a retry, says what to do, and leaves nothing',
  async (_, forge) => {
    const since = new Date();
    const database = `ysql.${await newDatabase(stack, 'taken', SMALL)}`;
    const run = await start(client, 'backUpDatabase', { database });
    const taken = await takeFirst(layout.intents('demo'), database, (id) => ({
      key: layout.manifest('demo', id),
      bytes: forge('manifest'),
    }));
    const failure = await failureOf(run);
    expect(failure.type).toBe('AlreadyExists');
    expect(failure.message).toMatch(
      new RegExp(
        `manifests/${taken.id}.json was written by someone else: it is (not signed|signed by ${stranger.keyId})`,
      ),
    );
    expect(failure.message).toMatch(/Check who may create objects in the bucket, remove this one, and start again\.$/);
    expect(await guardianEnd(client, database)).toBe('COMPLETED');
    expect(await leftovers(stack)).toEqual([]);
    expect(await taken.found()).toEqual(taken.bytes); // nothing was written in its place
    expect(await believed((repository) => isCommitted(repository, taken.id))).toBe(false);
    expect(await operationsOf(stack, database, since)).toMatchObject([
      { operation: 'backUpDatabase', outcome: 'failed', failure: { type: 'AlreadyExists' } },
    ]);
    // A new run has new names.
    expect(await (await start(client, 'backUpDatabase', { database })).result()).toMatchObject({ database });
  },
);

it('23.2: so does a dump', async () => {
  const database = `ysql.${await newDatabase(stack, 'taken', SMALL)}`;
  const run = await start(client, 'dumpDatabase', { database });
  const taken = await takeFirst(layout.dumpIntents('demo'), database, (id) => ({
    key: layout.dumpManifest('demo', id),
    bytes: forgedRecord('dump-manifest', Buffer.from('{}'), stranger),
  }));
  const failure = await failureOf(run);
  expect(failure).toMatchObject({ type: 'AlreadyExists' });
  expect(failure.message).toContain(`dump-manifests/${taken.id}.json was written by someone else`);
  expect(await taken.found()).toEqual(taken.bytes);
  expect(await leftovers(stack)).toEqual([]);
  expect(await believed((repository) => isDumpCommitted(repository, taken.id))).toBe(false);
});
