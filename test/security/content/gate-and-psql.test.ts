import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as fc from 'fast-check';
import { UnfinishedSql } from '../../../src/yugabyte';
import { openPostgresCluster } from '../../yugabyte/ysql/postgres-cluster';
import { gateOf } from './gate-of';
import { runs } from '../../support/matrix';

/** What lexers disagree about. */
const FRAGMENTS = [
  ...[
    "'",
    "''",
    "E'",
    "e'\\''",
    "\\'",
    "U&'",
    "N'",
    "B'1'",
    '"',
    '""',
    '$$',
    '$a$',
    '$1',
    '1a$$',
    'a$$',
    '$b$',
    '\\\\',
  ],
  ...['--', '/*', '*/', '/*/', '\n', '\r', ' ', '\t', '\f', ';', '(', ')', ':', ':x', "x:'y'", '::', '1e', '.5', 'é'],
  ...[
    'begin',
    'BEGIN ATOMIC',
    'case',
    'end',
    'a',
    'COPY t FROM stdin;\n',
    '\\.\n',
    'SET standard_conforming_strings = off;',
  ],
  ...[
    "COMMENT ON TABLE t IS 'x",
    "COMMENT ON TABLE t IS E'x",
    'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$',
    "'\n'",
  ],
];
const RUNS = 40;

const soup = (command: string) =>
  fc
    .array(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...FRAGMENTS) }, fc.constant(command)), { maxLength: 14 })
    .map((parts) => parts.join(''));

it('23.1: what the gate lets through, psql itself takes for no command either', async () => {
  const cluster = await openPostgresCluster();
  const folder = mkdtempSync(join(tmpdir(), 'kalpa-gate-'));
  const mark = join(folder, 'mark');
  const run = promisify(execFile);
  try {
    await cluster.sql('postgres', 'CREATE DATABASE orders');
    await cluster.sql('orders', 'CREATE TABLE t (a text)');
    const { host, port, user } = cluster.address;
    const psql = async (text: string): Promise<void> => {
      const file = join(folder, 'text.sql');
      writeFileSync(file, text);
      const args = ['-X', '-q', '-h', host, '-p', String(port), '-U', user, '-d', 'postgres', '-f', file];
      await run(join(cluster.postgres.bin, 'psql'), args, { timeout: 20_000 }).catch(() => undefined);
    };
    // The mark is one: psql does run such a line.
    await psql(`\\! touch ${mark}\n`);
    expect(existsSync(mark)).toBe(true);
    rmSync(mark);

    const passed: string[] = [];
    const command = `\\! touch ${mark}\n`;
    // Whole texts that are likely to pass, and soup that is not.
    const texts = fc.oneof(
      soup(command).map((text) => `\\connect orders\nCOMMENT ON TABLE t IS ${text};\n`),
      soup(command).map((text) => `\\connect orders\nCOMMENT ON TABLE t IS 'a${text}';\n`),
      soup(command).map((text) => `\\connect orders\nCOMMENT ON TABLE t IS E'a${text}';\n`),
      soup(command).map((text) => `\\connect orders\n/* ${text} */ COMMENT ON TABLE t IS $a$${text}$a$;\n`),
      soup(command).map((text) => `\\connect orders\nCOPY t FROM stdin;\n${text}\n\\.\nCOMMENT ON TABLE t IS NULL;\n`),
    );
    for (const text of fc.sample(texts, { numRuns: 3000, seed: 23 })) {
      if (!text.includes(command) || passed.length >= RUNS) continue;
      const report = await gateOf(text).catch((error: unknown) => error);
      if (report instanceof UnfinishedSql) continue;
      expect(report).toMatchObject({ refused: expect.any(Number) as number });
      if ((report as { refused: number }).refused === 0) passed.push(text);
    }
    expect(passed.length).toBeGreaterThan(RUNS / 2);
    for (const text of passed) {
      await psql(text);
      expect([text, existsSync(mark)]).toEqual([text, false]);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await cluster.stop();
  }
});

it('23.1: any text ends with a report or as unfinished, in pieces as whole, and in bounded time', async () => {
  await fc.assert(
    fc.asyncProperty(soup('\\! x\n'), fc.integer({ min: 1, max: 9 }), async (text, length) => {
      const whole = await gateOf(text).catch((error: unknown) => String(error instanceof UnfinishedSql));
      expect(await gateOf(text, { length }).catch((error: unknown) => String(error instanceof UnfinishedSql))).toEqual(
        whole,
      );
      expect(whole).not.toBe('false');
    }),
    { numRuns: runs(5_000, 300) },
  );
  const nests = [
    '(',
    '/*',
    "'",
    '$a$ $b$',
    'COPY t FROM stdin;\n',
    '$$COPY t FROM stdin;\n$$',
    '\\if :use_roles\n',
    "E'\\'",
    ';',
    'a,',
  ];
  for (const part of nests) {
    const began = Date.now();
    const text = part.repeat(Math.ceil(200_000 / part.length));
    await gateOf(text, { length: 16 * 1024 }).catch((error: unknown) => {
      expect(error).toBeInstanceOf(UnfinishedSql);
    });
    expect(Date.now() - began).toBeLessThan(30_000);
  }
});
