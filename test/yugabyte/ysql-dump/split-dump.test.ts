import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { needsOfDump } from '../../../src/yugabyte/ysql-dump/contents/needs-of-dump';
import { scriptOfDump, type ScriptOptions } from '../../../src/yugabyte/ysql-dump/rewrite/script-of-dump';
import { splitDump, type DumpPiece } from '../../../src/yugabyte/ysql-dump/scan/split-dump';
import { DumpTally } from '../../../src/yugabyte/ysql-dump/contents/dump-tally';

const DUMP = `--
-- PostgreSQL database dump
--
\\restrict abc
CREATE DATABASE orders WITH TEMPLATE = template0;
ALTER DATABASE orders OWNER TO app;
\\unrestrict abc
\\connect orders
\\restrict abc
CREATE FUNCTION public.f() RETURNS text LANGUAGE sql AS $$ SELECT '
COPY public.not_one (a) FROM stdin;
1
\\.
' $$;
CREATE TABLE public.orders (id integer, what text);
CREATE TABLE public."Odd ""table" (a text);
CREATE TABLE sales.parent (a integer) PARTITION BY RANGE (a);
COPY public.orders (id, what) FROM stdin;
1	one
2	\\\\.
3	žluť
\\.


COPY public."Odd ""table" (a) FROM stdin;
\\.

COPY public.no_columns  FROM stdin;


\\.
ALTER TABLE ONLY public.orders ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
GRANT ALL ON DATABASE orders TO reader;
\\unrestrict abc
`;

async function* cut(text: string, places: readonly number[]): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  const at = [0, ...[...places].map((place) => place % bytes.length).sort((a, b) => a - b), bytes.length];
  for (const [i, start] of at.slice(0, -1).entries()) yield await Promise.resolve(bytes.subarray(start, at[i + 1]));
}

async function pieces(text: string, places: readonly number[] = []): Promise<DumpPiece[]> {
  const found: DumpPiece[] = [];
  for await (const piece of splitDump(cut(text, places))) found.push(piece);
  return found;
}

async function script(text: string, more: Partial<ScriptOptions> = {}): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of scriptOfDump(splitDump(cut(text, [])), more)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** As the repository's page says it, computed apart: the sum of the SHA-256 of the lines, modulo 2^256. */
const digestOf = (...lines: string[]): string =>
  (lines.reduce((sum, line) => sum + BigInt(`0x${createHash('sha256').update(line).digest('hex')}`), 0n) % 2n ** 256n)
    .toString(16)
    .padStart(64, '0');

describe('a dump that streams by', () => {
  it('is the same in pieces of any length, and nothing of it is lost', async () => {
    const whole = new DumpTally();
    for (const piece of await pieces(DUMP)) whole.note(piece);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 60 }), async (places) => {
        const found = await pieces(DUMP, places);
        expect(Buffer.concat(found.map(({ bytes }) => bytes)).toString()).toBe(DUMP);
        const tally = new DumpTally();
        for (const piece of found) tally.note(piece);
        expect(tally.result()).toEqual(whole.result());
      }),
      { numRuns: 200 },
    );
  });

  it('22.8: is counted and digested: the rows of each table, and what it needs', async () => {
    const tally = new DumpTally();
    for (const piece of await pieces(DUMP)) tally.note(piece);
    expect(tally.result()).toEqual({
      tables: [
        { schema: 'public', name: 'Odd "table', rows: 0, columns: ['a'], digest: digestOf() },
        { schema: 'public', name: 'no_columns', rows: 2, columns: [], digest: digestOf('', '') },
        {
          ...{ schema: 'public', name: 'orders', rows: 3, columns: ['id', 'what'] },
          digest: digestOf('3\tžluť', '1\tone', '2\t\\\\.'),
        },
        { schema: 'sales', name: 'parent' },
      ],
      needs: needsOfDump(DUMP),
      bytes: Buffer.byteLength(DUMP),
    });
    expect(tally.result().needs.roles).toEqual(['app', 'reader']);
  });

  it('is refused when it is cut short inside of rows', async () => {
    await expect(pieces(DUMP.slice(0, DUMP.indexOf('3\tž')))).rejects.toThrow(/rows of public\.orders/);
  });
});

describe('a dump as it is loaded', () => {
  const rename = { from: 'orders', to: 'kalpa_0123456789ab' };

  it('bears its new name from the first statement to the grants at its end', async () => {
    const text = await script(DUMP, { rename });
    expect(text).toBe(
      DUMP.replace('CREATE DATABASE orders', 'CREATE DATABASE "kalpa_0123456789ab"')
        .replace('ALTER DATABASE orders', 'ALTER DATABASE "kalpa_0123456789ab"')
        .replace('\\connect orders', '\\connect kalpa_0123456789ab')
        .replace('ON DATABASE orders', 'ON DATABASE "kalpa_0123456789ab"'),
    );
  });

  it('leaves out what is not wanted, with the rows', async () => {
    const text = await script(DUMP, {
      rename,
      leaveOut: { roles: true },
      onlyRowsOf: ({ name }) => name === 'no_columns',
    });
    expect(text).not.toMatch(/GRANT|OWNER|reader|žluť|COPY public\.orders/);
    expect(text).toContain('COPY public.no_columns  FROM stdin;\n\n\n\\.\n');
    expect(text).toContain('COPY public.not_one (a) FROM stdin;\n1\n'); // a part of the function's body
  });

  it('is refused when it would go somewhere else', async () => {
    await expect(script('CREATE TABLE public.t (a integer);\n', { rename })).rejects.toThrow(
      /creates objects before connecting/,
    );
    await expect(script('SELECT 1;\n', { rename })).rejects.toThrow(/does not create database "orders"/);
  });
});
