import { catalogueOf } from '../../src/cli/core/open-catalogue';
import {
  closeIntent,
  commitDump,
  commitManifest,
  writeDumpIntent,
  writeDumpPart,
  writeHold,
  writeIntent,
  writeOperation,
  writePolicies,
  writeTombstone,
  writeVerification,
  type ClusterStore,
  type Trust,
} from '../../src/repository';
import { kalpa } from '../cli/fake-cli';
import { forgedHeader, ForgedBucket, idAt } from './bucket/forger';
import { base, dumpHeader, dumpIntent, intent, operation, ours, part } from './bucket/record-kinds';

const ESC = '\u001b';
/** Clears the screen, names the window, turns the direction, goes back in its line, forges a line. */
const HOSTILE = `x${ESC}[2J${ESC}]0;owned\u0007\u202egnp\u2066\u009b31m\rFORGED\nFORGED  complete\u2028FORGED\u0085\u0000y`;
const ACTS = /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/u;

const [WHOLE, FAILED, DELETED] = ['01', '02', '03'].map((hour) => idAt(`20261122T${hour}0007Z`)) as [
  string,
  string,
  string,
];
const AT = '2026-11-22T04:00:00.000Z';
const said = { reason: 'for the auditors', by: 'ines', workflowId: 'w' };

/** One record of each kind, every field set, as nobody has to sign it. */
async function filled(trust?: Trust): Promise<ForgedBucket> {
  const bucket = new ForgedBucket();
  const repository: ClusterStore = bucket.repository(trust);
  const text = { label: 'weekly', keepFor: '30 days', startedBy: 'alice' };
  for (const backupId of [WHOLE, FAILED, DELETED]) await writeIntent(repository, { ...intent, ...text, backupId });
  const header = forgedHeader(WHOLE);
  const [table] = header.tables;
  const failure = { type: 'RestoreFailed', message: 'it failed' };
  await commitManifest(repository, {
    ...{ ...header, label: 'weekly', keepFor: '30 days', encryptionKeyId: 'key-1', catalogVersion: '7' },
    ...{ roles: ['app'], tablespaces: ['fast'], invalidIndexes: ['idx'] },
    extensions: [{ name: 'vector', version: '0.8' }],
    tables: [
      { ...table!, kind: 'table', fingerprint: 'f', approximate: 'rows were written' },
      { ...table!, id: `${table!.id.slice(0, -1)}2`, name: 'log', kind: 'table', notCounted: 'time was up' },
    ],
    totals: { ...header.totals, tables: 2 },
    refersTo: [{ backupId: idAt('20261121T020007Z'), files: 0, bytes: 0 }],
    history: { from: AT, to: AT, because: 'it was carried' },
  });
  await commitManifest(repository, forgedHeader(DELETED));
  await closeIntent(repository, { backupId: FAILED, end: 'failed', failure });
  await writeVerification(repository, {
    ...{ ...base, backupId: WHOLE, cluster: 'demo', level: 'full', ok: false, verifiedAt: AT, problems: ['a file'] },
  });
  await writeTombstone(repository, { kind: 'backup', id: DELETED, ...said });
  await writeHold(repository, { kind: 'backup', id: WHOLE, change: 'held', ...said });
  await writePolicies(repository, { policies: { keep: { last: 1 } }, kalpaVersion: '0.1.0' });
  await writeDumpIntent(repository, { ...dumpIntent, startedBy: 'alice' });
  await commitDump(repository, dumpHeader, [await writeDumpPart(repository, dumpHeader.dumpId, part())]);
  await writeOperation(repository, {
    ...{ ...operation, startedAt: '2026-11-22T03:00:00.000Z', startedBy: 'alice', outcome: 'failed', failure },
    ...{ result: { warnings: ['mind the gap'] } },
  });
  return bucket;
}

/** Each with the records that it reads, by their names. */
const COMMANDS: [string[], RegExp][] = [
  [['show', WHOLE], new RegExp(`${WHOLE}|policies`)],
  [['show', FAILED], new RegExp(FAILED)],
  [['show', DELETED], new RegExp(DELETED)],
  [['backups'], /ysql\.orders-2/],
  [['backups', '--sizes', '--kept'], new RegExp(`${WHOLE}|policies`)],
  [['dumps'], /dump/],
  [['history'], /operations/],
  [['usage'], /manifests|dump/],
  [['retain', '--simulate', '90 days'], new RegExp(`${WHOLE}|policies`)],
];

type Path = (string | number)[];
/** Every text in a record, keys of free lists too. */
function textsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value === 'string') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, of]) => textsOf(of, [...path, Array.isArray(value) ? Number(key) : key]));
}
function replaced(value: unknown, [key, ...others]: Path, text: string): unknown {
  if (key === undefined) return text;
  if (Array.isArray(value)) return value.map((one, i) => (i === key ? replaced(one, others, text) : (one as unknown)));
  return Object.fromEntries(
    Object.entries(value as object).map(([name, of]) => [
      name,
      name === key ? replaced(of, others, text) : (of as unknown),
    ]),
  );
}

/** What a command prints of a bucket. */
async function printed(bucket: ForgedBucket, line: string[], screen: object = {}): Promise<string> {
  const parts = { openCatalogue: () => catalogueOf(bucket.repository(), () => undefined) };
  const { stdout, stderr } = await kalpa(line, { parts, now: () => bucket.now, ...screen });
  return stdout + stderr;
}

function expectHarmless(text: string): void {
  expect(text).not.toMatch(ACTS);
  expect(text).not.toMatch(/^FORGED/m);
}

describe('23.11: a record in the bucket, with a hostile text in each of its fields,', () => {
  let honest: ForgedBucket;
  const records: [string, Buffer][] = [];
  beforeAll(async () => {
    honest = await filled();
    for (const [key, { bytes }] of honest.objects) records.push([key, bytes]);
  });

  it('23.11: is there of each kind', async () => {
    const kinds = new Set(records.map(([key]) => key.split('/')[2]));
    for (const kind of ['manifests', 'intents', 'closed', 'verifications', 'tombstones', 'holds', 'policies'])
      expect([...kinds]).toContain(kind);
    for (const kind of ['dump-manifests', 'dump-intents', 'operations']) expect([...kinds]).toContain(kind);
    for (const [line] of COMMANDS) expect(await printed(honest, line)).not.toBe('');
  });

  it.each(COMMANDS.map(([line, reads]) => [line.join(' '), line, reads] as const))(
    '23.11: moves nothing on the screen of kalpa %s, and forges no line',
    async (_, line, reads) => {
      let n = 0;
      const forged: unknown[] = [];
      for (const [key, bytes] of records.filter(([name]) => reads.test(name))) {
        const record = JSON.parse(String(bytes)) as object;
        for (const path of textsOf(record)) {
          const bucket = new ForgedBucket();
          for (const [other, { bytes: there }] of honest.objects) bucket.put(other, there);
          bucket.put(key, JSON.stringify(replaced(record, path, HOSTILE)));
          n += 1;
          const all = await printed(bucket, line, n % 2 === 0 ? { tty: true, columns: 400 } : {});
          const wrong = ACTS.exec(all)?.[0] ?? /^FORGED.*/m.exec(all)?.[0];
          if (wrong !== undefined)
            forged.push({
              key,
              field: path.join('.'),
              wrong,
              line: all.split('\n').find((one) => one.includes('owned')),
            });
        }
      }
      expect(forged).toEqual([]);
      expect(n).toBeGreaterThan(3);
    },
    60_000,
  );

  it.each([
    ['where all are believed', undefined],
    ['where records are signed', ours],
  ])('23.11: nor with such names, nor with times that never were, and no command ends for them, %s', async (_, by) => {
    const bucket = await filled(by?.owner);
    const kinds = new Set([...bucket.objects.keys()].map((key) => key.split('/')[2]));
    kinds.add('proofs').add('leases').add('schedules').add('snapshots').add('point-in-time');
    if (!by) kinds.delete('policies'); // one that can't be understood: nothing is to be deleted by what is known
    const times = ['99999999T999999Z', '20261399T250000Z', '00000000T000000Z'];
    for (const kind of kinds) {
      for (const name of [HOSTILE, `${HOSTILE}-20261122T020007Z-3fa9c1`, `20261122T030000Z-${HOSTILE}`])
        bucket.put(`clusters/demo/${kind}/${name}.json`, '{}');
      for (const time of times)
        for (const name of [
          time,
          `${time}-x`,
          `ysql.orders-${time}-3fa9c1`,
          `ysql.orders/${time}-x`,
          `${WHOLE}/${time}-full-bad`,
          `${WHOLE}/${time}-full-ok`,
          `${WHOLE}/${time}-holder`,
          `${WHOLE}.999999`,
        ])
          bucket.put(`clusters/demo/${kind}/${name}.json`, '{}');
    }
    const parts = { openCatalogue: () => catalogueOf(bucket.repository(by?.reader), () => undefined) };
    for (const [line] of COMMANDS) {
      const { code, stdout, stderr } = await kalpa(line, { parts, now: () => bucket.now });
      expectHarmless(stdout + stderr);
      expect({ line, code, stderr: code === 0 ? '' : stderr }).toEqual({ line, code: 0, stderr: '' });
    }
  });

  it.each([[['retain', '--dry-run']], [['retain', '--yes']]])('23.11: nor what a run answers to %j', async (line) => {
    const result = {
      ...{ kept: 1, deleted: 1, freedBytes: 5, swept: 1, sweptBytes: 5, warnings: [HOSTILE] },
      first: [{ backupId: HOSTILE, decision: 'keep', because: HOSTILE, goes: HOSTILE }],
      plan: { key: HOSTILE, sha256: HOSTILE },
      waiting: [{ backupId: HOSTILE, because: HOSTILE }],
    };
    const { stdout, stderr } = await kalpa(line, { result: async () => await Promise.resolve(result) });
    expect(stdout).toContain('owned');
    expectHarmless(stdout + stderr);
  });
});
