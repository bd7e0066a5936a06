import { Scrubber } from '../../src/conformance/transcript/scrub';
import { transcriptLines } from '../../src/conformance/transcript/write';
import type { Call, ToolCall } from '../../src/yugabyte';

const scrubber = (): Scrubber =>
  new Scrubber({
    hosts: ['yb-1.corp.example', 'yb-2.corp.example', '10.1.2.3'],
    names: ['payroll', 'alice', 'postgres', 'prod-eu', 'kalpa_conformance_0a1b2c3d_wide'],
    folders: ['/srv/alice/data', '/srv/alice'],
    secrets: ['s3cr3t-word'],
  });
const tool = (more: Partial<ToolCall>): ToolCall => ({
  kind: 'tool',
  at: new Date(0),
  milliseconds: 1,
  tool: 'yb-admin',
  args: [],
  exitCode: 0,
  stdout: '',
  stderr: '',
  ...more,
});

describe('a transcript', () => {
  it('names no folder of the installation, the longest first', () => {
    const shown = scrubber().text(
      '{"fs_data_dirs":"/srv/alice/data,/mnt/d0"} --certs_dir_name=/srv/alice/certs /srv/alice',
    );
    expect(shown).toMatch(/^\{"fs_data_dirs":"(\/folder-\d+),\/mnt\/d0"\} --certs_dir_name=(\/folder-\d+)\/certs \2$/);
    expect(shown).not.toContain('alice');
  });

  it('bears the same word for the same thing, and nothing of the installation', () => {
    const text = [
      'yb-1.corp.example:7100,yb-2.corp.example:7100 yb-1.corp.example:9100 10.1.2.3 10.9.9.9',
      'ysql.payroll [alice] prod-eu payroll_2 s3cr3t-word',
      '6ba7b810-9dad-11d1-80b4-00c04fd430c8 6ba7b8109dad11d180b400c04fd430c8 0d4b49352c95452395ab9ead1e95e794',
    ].join('\n');
    const shown = scrubber().text(text);
    expect(shown).not.toMatch(/corp|10\.[19]|ysql\.payroll|alice|prod-eu|s3cr3t|6ba7b8|0d4b49/);
    const [hosts = '', names = '', ids = ''] = shown.split('\n');
    const [first = '', second, again] = hosts.match(/host-\d+/g) ?? [];
    expect([again, second === first]).toEqual([first, false]);
    expect(names).toContain('payroll_2'); // another name that begins alike
    const [dashed = '', bare, other] = ids.split(' ');
    expect(dashed).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(bare).toBe(dashed.replaceAll('-', ''));
    expect(other).not.toBe(bare);
  });

  it('keeps ids that are made of oids, the databases that every cluster has, and its own names', () => {
    const kept = '000034cb000030008000000000004001 postgres kalpa_conformance_0a1b2c3d_wide';
    expect(scrubber().text(kept)).toBe(kept);
  });

  it('leaves out definitions and rows of what is not of this command', () => {
    const calls: Call[] = [
      tool({ tool: 'ysql_dump', args: ['--dbname=payroll'], made: 'CREATE TABLE salaries', stderr: 'salaries' }),
      tool({ tool: 'ycqlsh', args: ['-f', 'x'], script: 'SELECT * FROM payroll.people', stdout: 'Bob | 7' }),
      tool({ tool: 'ysql_dumpall', args: ['--roles-only'], made: 'CREATE ROLE bob PASSWORD' }),
      tool({ tool: 'ysql_dump', args: ['--dbname=kalpa_conformance_0a1b2c3d_wide'], made: 'CREATE TABLE every_type' }),
      tool({ args: ['list_tables'], stdout: 'ysql.payroll.t' }),
    ];
    const lines = transcriptLines(
      calls.map((call) => ({ call, step: '' })),
      scrubber(),
    );
    const text = JSON.stringify(lines);
    expect(text).not.toMatch(/salaries|Bob|CREATE ROLE|payroll/);
    expect(lines[3]?.made).toBe('CREATE TABLE every_type');
    expect(lines.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6]);
  });

  it('writes a long output once', () => {
    const stdout = 'x'.repeat(300);
    const [first, second] = transcriptLines(
      [1, 2].map(() => ({ call: tool({ stdout }), step: '' })),
      scrubber(),
    );
    expect(first?.stdout).toBe(stdout);
    expect(second).toMatchObject({ sameAs: 2 });
    expect(second).not.toHaveProperty('stdout');
  });
});
