import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DumpTally, needsOfDump, relationsOfDump, rewriteDump, scanSql, splitDump } from '../../../src/yugabyte';
import { gateOf, inPieces } from './gate-of';

const FIXTURES = join(__dirname, '../../fixtures/ysql-dump');
const releases = readdirSync(FIXTURES).filter((name) => /^2/.test(name));
const has = (name: string): string[] => releases.filter((release) => existsSync(join(FIXTURES, release, name)));
const text = (release: string, name: string): string => readFileSync(join(FIXTURES, release, name), 'utf8');

/** What a snapshot's schema of these fixtures holds, by how old the release is. */
const relationsIn = (release: string): string[] => [
  ...['days', 'days_1', 'days_1_n_key', 'days_n_key', 'goods', 'goods_name', 'goods_shade', 'ranges'],
  ...(/^2\.(?:6|8)$/.test(release) ? [] : ['counted']),
];

describe('23.1: every shape of the dumps of', () => {
  it.each(has('snapshot.sql'))('%s passes with the metadata of a snapshot', async (release) => {
    const dump = text(release, 'snapshot.sql');
    for (const length of [7, 100_000]) {
      const report = await gateOf(dump, { database: 'warehouse', length });
      expect(report.refusals).toEqual([]);
      expect(report.named).toEqual([]);
      expect(report.members).toEqual(release === '2.6' ? [] : ['uuid-ossp (1 in C, $libdir/uuid-ossp)']);
    }
    expect(needsOfDump(dump)).toEqual({
      roles: ['clerk'],
      tablespaces: ['far'],
      extensions: ['pg_hint_plan', 'uuid-ossp'],
    });
    const found = relationsOfDump(dump).map(({ name }) => name);
    expect([...found].sort()).toEqual([...relationsIn(release), 'alone', 'together'].sort());
    // Nothing of it is lost when it is loaded under another name.
    const { dump: renamed, losses } = rewriteDump(dump, { rename: { from: 'warehouse', to: 'kalpa_0123456789ab' } });
    expect(losses).toEqual([]);
    expect(scanSql(renamed)).toHaveLength(scanSql(dump).length);
    expect((await gateOf(renamed, { database: 'kalpa_0123456789ab' })).refusals).toEqual([]);
  });

  it.each(has('plain.sql'))('%s passes without metadata, and its rows are counted', async (release) => {
    const dump = text(release, 'plain.sql');
    const report = await gateOf(dump, { database: 'warehouse', length: 7 });
    expect(report).toMatchObject({ refusals: [], leftOut: [], named: [] });
    const tally = new DumpTally();
    for await (const piece of splitDump(inPieces(dump, 7))) tally.note(piece);
    const { tables, needs } = tally.result();
    expect(needs).toEqual({ roles: ['clerk'], tablespaces: [], extensions: ['pg_hint_plan', 'uuid-ossp'] });
    expect(tables.map(({ name, rows }) => [name, rows])).toEqual([
      ...(release === '2.6' ? [] : [['counted', undefined]]),
      ['days', undefined],
      ['days_1', undefined],
      ['goods', 2],
      ['ranges', 0],
    ]);
  });

  it.each(has('globals.sql'))('%s passes: roles and tablespaces', async (release) => {
    const report = await gateOf(text(release, 'globals.sql'), { content: 'roles', database: '', length: 7 });
    expect(report).toMatchObject({ refusals: [], leftOut: [] });
  });
});

it('23.1: what a dump of a database says of profiles of the cluster is left out', async () => {
  const { leftOut } = await gateOf(text('2.27', 'snapshot.sql'), { database: 'warehouse' });
  expect(leftOut).toEqual(
    [/^DO /, /^CREATE PROFILE/, /^ALTER ROLE clerk WITH PROFILE/, /^UPDATE pg_catalog.pg_yb_role_profile/].map(
      (first) => expect.stringMatching(first) as string,
    ),
  );
});

it('23.1: a materialized view that is filled at once belongs to a dump with metadata', async () => {
  const filled = text('2026.1', 'snapshot.sql');
  expect((await gateOf(filled, { database: 'warehouse' })).refused).toBe(0);
  const without = filled.replaceAll('SET yb_binary_restore = true;\n', '');
  expect((await gateOf(without, { database: 'warehouse' })).refusals).toEqual([
    expect.objectContaining({ because: 'a dump makes a materialized view empty, and refreshes it later' }),
  ]);
});
