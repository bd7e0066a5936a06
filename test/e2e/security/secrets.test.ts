import type { Client } from '@temporalio/client';
import type { BackUpDatabaseResult, DumpDatabaseResult } from '../../../src/contract';
import { newDatabase, SMALL } from '../../support/cluster/new-database';
import { historiesSince, logsOf, objectsSince } from '../../support/searched-places';
import { failureOf, start, stackJson, temporalClient } from '../../support/stack';

const stack = stackJson();
const FOR_SERVER = 'planted-secret-of-a-server';
const FOR_MAPPING = 'planted-secret-of-a-mapping';

/** Its user mapping can't be made in a scratch database, and the refusal quotes the options. */
const WITH_SECRETS = `${SMALL}
  CREATE FUNCTION check_options(options text[], catalog oid) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    IF pg_catalog.current_database() LIKE 'kalpa%' AND catalog = 'pg_catalog.pg_user_mapping'::pg_catalog.regclass THEN
      RAISE EXCEPTION 'options % are not wanted', options USING DETAIL = 'they are ' || options::text;
    END IF; END $$;
  CREATE FOREIGN DATA WRAPPER far VALIDATOR check_options;
  CREATE SERVER far FOREIGN DATA WRAPPER far OPTIONS (host 'far', secret '${FOR_SERVER}');
  CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (user 'app', password '${FOR_MAPPING}');
`;

let client: Client;
beforeAll(async () => {
  client = await temporalClient(stack);
});
afterAll(async () => {
  await client.connection.close();
});

it('22.7: secrets of a schema stand in its dumps alone: in no history, log or other object, whatever fails', async () => {
  const since = new Date();
  const source = await newDatabase(stack, 'with_secrets', WITH_SECRETS);
  const run = async <T>(type: string): Promise<T> =>
    (await (await start(client, type, { database: `ysql.${source}` })).result()) as T;
  const { backupId } = await run<BackUpDatabaseResult>('backUpDatabase');
  const { dumpId } = await run<DumpDatabaseResult>('dumpDatabase');
  for (const [type, input] of [
    ['restoreDatabase', { backup: backupId, as: `${source}_restored` }],
    ['loadDump', { dump: dumpId, as: `${source}_loaded` }],
  ] as const) {
    // The wrapper's own function would run as the configured role, so it is refused until it is accepted.
    const refused = await failureOf(await start(client, type, input));
    expect(refused.type).toBe('ContentRefused');
    const { sha256, refusals } = refused.details[0] as unknown as { sha256: string; refusals: { at: string }[] };
    const accept = refusals.map(({ at }) => `${sha256}:${at}`);
    const failure = await failureOf(await start(client, type, { ...input, accept }));
    expect(failure.type).toBe('RestoreFailed');
    expect(failure.message).toMatch(
      /options \{password=\[redacted\] are not wanted.*CREATE USER MAPPING FOR public SERVER far OPTIONS \(\[redacted\]/,
    );
  }

  const objects = await objectsSince(stack, since);
  const histories = await historiesSince(client, since);
  const logs = logsOf();
  expect(histories.length).toBeGreaterThanOrEqual(12); // six runs and their guardians
  expect(histories.some(({ text }) => text.includes('[redacted]'))).toBe(true);
  expect(objects.some(({ name, text }) => name.includes('/operations/') && text.includes('[redacted]'))).toBe(true);
  expect(logs.some(({ name }) => name.includes('control'))).toBe(true);
  const found = [...objects, ...histories, ...logs].filter(
    ({ text }) => text.includes(FOR_SERVER) || text.includes(FOR_MAPPING),
  );
  // what docs/security.md names
  const allowed = /^object \S+\/(?:backups\/\S+\/schema-[0-9a-f]{16}\.sql\.gz|dumps\/\S+\.sql\.gz)$/;
  expect(found.map(({ name }) => name).filter((name) => !allowed.test(name))).toEqual([]);
  expect(found).toHaveLength(2);
}, 60_000);
