import type { Catalogue } from '../../../src/cli/core/open-catalogue';
import { RepositoryError, type BackupDetails, type ManifestHeader } from '../../../src/repository';
import type { BackupOrDump, UsageInput } from '../../../src/retention';
import { kalpa, resolvedConfig } from '../fake-cli';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-22T12:00:00Z');
const MB = 1_000_000;
const idOf = (day: number): string => `ysql.orders-202611${day}T020000Z-00000${day % 10}`;
/** The first uploaded everything, the others little; the second is held, a fourth is deleted. */
const holdings: UsageInput[] = [19, 20, 21, 22].map((day) => ({
  ...{ id: idOf(day), kind: 'backup', database: 'ysql.orders', bytes: 100 * MB, deleted: day === 22 },
  ownBytes: day === 19 ? 100 * MB : MB,
  refersTo: day === 19 ? [] : [{ id: idOf(19), bytes: 60 * MB }],
}));
const backups: BackupOrDump[] = [19, 20, 21].map((day) => ({
  ...{ id: idOf(day), kind: 'backup', database: 'ysql.orders', ownBytes: 100 * MB },
  at: Date.parse(`2026-11-${day}T02:00:00Z`),
  ...(day === 20 ? { hold: { reason: 'the audit', by: 'ines' } } : {}),
}));
const entries = [19, 20, 21].map((day): BackupDetails => ({
  ...{ backupId: idOf(day), database: 'ysql.orders', startedAt: `2026-11-${day}T02:00:00Z`, state: 'committed' },
  ...{ bytes: 100 * MB, uploadedBytes: day === 19 ? 100 * MB : MB },
}));
async function* each<T>(rows: readonly T[]): AsyncGenerator<T> {
  for (const row of rows) yield await Promise.resolve(row);
}
const catalogue = {
  where: 's3://kalpa/here',
  list: async () => await Promise.resolve(entries),
  details: (listed) => each(listed),
  holdings: async () => await Promise.resolve({ holdings, unread: [] }),
  forPlan: async () => await Promise.resolve({ backups, policies: { keep: { last: 1 } }, now: NOW }),
  read: async (backupId) =>
    await Promise.resolve({
      ...{ key: 'k', sha256: 's' },
      header: {
        ...{ backupId, cluster: 'demo', database: 'ysql.orders', recoveryPoint: '2026-11-20T02:00:00.000000Z' },
        ...{ kalpaVersion: '0', yugabyteVersion: '2025.1', tables: [], roles: [], tablespaces: [], extensions: [] },
        ...{ invalidIndexes: [], refersTo: [] },
        totals: { tables: 1, tablets: 1, files: 1, bytes: 100 * MB, uploadedBytes: MB, reusedBytes: 99 * MB },
      } as unknown as ManifestHeader,
    }),
  close: () => undefined,
} as Partial<Catalogue> as Catalogue;
const parts = { openCatalogue: () => catalogue };

describe('26.3: what it costs', () => {
  it('kalpa backups --sizes shows what each has uploaded, shares and would free', async () => {
    const { code, stdout } = await kalpa(['backups', '--sizes'], { parts });
    expect(code).toBe(0);
    const [head = '', first = '', second = ''] = stdout.split('\n').map((line) => line.replace(/ {2,}/g, ' | '));
    expect(head).toContain('NEW | SHARED | FREES');
    // Two others need 60 MB of the first, and records don't tell whether they are the same.
    expect(first).toContain('100 MB | 100 MB | ≥ 0 B');
    expect(second).toContain('1.00 MB | 0 B | 1.00 MB');
    const json = await kalpa(['backups', '--sizes', '--json'], { parts });
    expect(JSON.parse(json.stdout)).toMatchObject({
      backups: [
        { sharedBytes: 100 * MB, frees: { bytes: 0, exact: false } },
        { sharedBytes: 0, frees: { bytes: MB, exact: true } },
        { frees: { exact: true } },
      ],
    });
  });

  it('kalpa usage gives totals by database and label, and what waits for its sweep', async () => {
    const { code, stdout } = await kalpa(['usage'], { parts });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^DATABASE +KIND +LABEL +COUNT +HOLD +NEW +FREES\n/);
    expect(stdout).toMatch(/ysql\.orders +backups +3 +300 MB +102 MB +102 MB/);
    expect(stdout).toMatch(/all +3 +300 MB +102 MB/);
    expect(stdout).toContain('In the bucket: 103 MB of data, of which 1.00 MB are of deleted ones');
    const json = await kalpa(['usage', 'ysql.orders', '--json'], { parts });
    expect(JSON.parse(json.stdout)).toMatchObject({
      groups: [{ count: 3, freed: { bytes: 102 * MB } }],
      ...{ total: { count: 3 }, deletedBytes: MB, unread: [] },
    });
  });

  it('names what it could not count', async () => {
    const holdingsOf = async () => await Promise.resolve({ holdings, unread: [idOf(18)] });
    const damaged = { openCatalogue: () => ({ ...catalogue, holdings: holdingsOf }) };
    const { stdout } = await kalpa(['usage'], { parts: damaged });
    expect(stdout).toContain(`Without 1 whose manifest can't be read, the first: ${idOf(18)}.`);
  });

  it('says nothing of what is freed where a manifest that may need it can’t be read', async () => {
    const holdingsOf = async () => await Promise.resolve({ holdings, unread: [idOf(18)] });
    const damaged = { openCatalogue: () => ({ ...catalogue, holdings: holdingsOf }) };
    const list = await kalpa(['backups', '--sizes'], { parts: damaged });
    expect(list.stdout).toContain('100 MB');
    expect(list.stdout).not.toContain('≥');
    expect(list.stderr).toContain(`Shared and freed bytes are unknown: the manifest of ${idOf(18)} can't be read`);
    const json = await kalpa(['backups', '--sizes', '--json'], { parts: damaged });
    expect(json.stdout).not.toContain('frees');
    const shown = await kalpa(['show', idOf(20)], { parts: damaged });
    expect(shown.stdout).toMatch(/kept +held by ines: the audit/);
    expect(shown.stdout).not.toContain('frees');
  });
});

describe('26.2: what is kept, and what will be', () => {
  it('kalpa backups --kept says which rule keeps each, who holds it and what goes', async () => {
    const { stdout } = await kalpa(['backups', '--kept'], { parts });
    const rows = stdout.split('\n');
    expect(rows[0]).toMatch(/GOES +BECAUSE/);
    expect(rows[1]).toMatch(/ now +no rule keeps it/);
    expect(rows[2]).toContain('held by ines: the audit');
    expect(rows[3]).toMatch(/2026-11-22T\S+ +the newest one/);
    const json = await kalpa(['backups', '--kept', '--json'], { parts });
    expect(JSON.parse(json.stdout)).toMatchObject({
      backups: [
        { kept: { decision: 'delete', rules: [] } },
        { kept: { rules: ['hold'] } },
        { kept: { decision: 'keep' } },
      ],
    });
  });

  it('kalpa show says it for one backup', async () => {
    const { stdout } = await kalpa(['show', idOf(20)], { parts });
    expect(stdout).toMatch(/kept +held by ines: the audit/);
    expect(stdout).toMatch(/frees +1\.00 MB if it is deleted/);
    const json = await kalpa(['show', idOf(19), '--json'], { parts });
    expect(JSON.parse(json.stdout)).toMatchObject({ kept: { decision: 'delete' }, frees: { exact: false } });
  });

  it('kalpa show shows one whose neighbours can not be read', async () => {
    const broken = {
      openCatalogue: () => ({
        ...catalogue,
        forPlan: async () => await Promise.reject(new RepositoryError('ManifestInvalid', 'the policies')),
      }),
    };
    const { code, stdout } = await kalpa(['show', idOf(20)], { parts: broken });
    expect(code).toBe(0);
    expect(stdout).not.toContain('kept');
  });

  it('kalpa retain --simulate shows the future month by month, and starts nothing', async () => {
    const { code, stdout, started } = await kalpa(['retain', '--simulate', '3 months'], { parts });
    expect({ code, started }).toEqual({ code: 0, started: [] });
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^MONTH +BACKUPS +BYTES/);
    expect(lines[1]).toMatch(/^2026-11 +2 +200 MB/); // the held one, and the newest
    expect(lines.filter((line) => /^20\d\d-\d\d/.test(line))).toHaveLength(4);
    const json = await kalpa(['retain', '--simulate', '1y', '--json'], { parts });
    const { months } = JSON.parse(json.stdout) as { months: { month: string; bytes: number }[] };
    expect(months).toHaveLength(13);
    expect(months[0]).toEqual({ month: '2026-11', backups: 2, bytes: 200 * MB });
  });

  it.each(['1', 'a year', '0d', '99 years'])('kalpa retain --simulate %s is refused', async (time) => {
    const { code, stderr } = await kalpa(['retain', '--simulate', time], { parts });
    expect(code).toBe(2);
    expect(stderr).toContain('such as 1y, 6 months or 90 days');
  });

  it('a kalpa.yaml with other policies than the bucket simulates its own', async () => {
    const config = { ...resolvedConfig.config, policies: { keep: { last: 100 } } };
    const loadConfig = () => ({ ...resolvedConfig, config });
    const { stdout } = await kalpa(['retain', '--simulate', `${2 * DAY}ms`, '--json'], {
      parts: { ...parts, loadConfig },
    });
    expect(JSON.parse(stdout)).toMatchObject({ months: [{ backups: 5 }] });
  });
});
