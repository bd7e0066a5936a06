import { closeSync, openSync, writeSync } from 'node:fs';
import { becomePgProgram } from './pg-program';
import { toolVersion } from '../tool-version';
import { asksVersion, settings } from './settings';

/** Flags that only YugabyteDB's tools know, or that would make PostgreSQL wait. */
const SWITCHES = new Set([
  '--include-yb-metadata',
  '--no-include-yb-metadata',
  '--serializable-deferrable',
  '--no-serializable-deferrable',
  '--dump-role-checks',
]);

/** Arguments for PostgreSQL's program, and the file that the output goes to. */
export function translate(argv: readonly string[]): { args: string[]; file?: string } {
  const args: string[] = [];
  let file: string | undefined;
  for (let i = 0; i < argv.length; i += 1) {
    const arg = argv[i] ?? '';
    if (SWITCHES.has(arg) || /^(?:--masters=|-m.)/.test(arg)) continue;
    const [, attached] = /^(?:--file=|-f)([\s\S]+)$/.exec(arg) ?? [];
    if (arg === '-m' || arg === '--masters') i += 1;
    else if (arg === '-f' || arg === '--file') file = argv[(i += 1)];
    else if (attached !== undefined) file = attached;
    else args.push(arg);
  }
  return { args, ...(file === undefined ? {} : { file }) };
}

/** A line that the emulator's own trigger is the cause of: it gives every table this replica identity. */
const OWN_LINE = /^ALTER TABLE ONLY .+ REPLICA IDENTITY FULL;$/;

/** Takes out what the emulator added; rows of COPY pass as they are. */
export function dumpFilter(write: (text: string) => void): (chunk: Buffer | undefined) => void {
  let rest = Buffer.alloc(0);
  let inRows = false;
  const keep = (line: string): boolean => {
    if (inRows) inRows = line !== '\\.';
    else if (/^COPY .* FROM stdin;$/.test(line)) inRows = true;
    else return !OWN_LINE.test(line);
    return true;
  };
  return (chunk) => {
    const all = Buffer.concat([rest, chunk ?? Buffer.alloc(0)]);
    const end = chunk === undefined ? all.length : all.lastIndexOf(0x0a) + 1;
    rest = all.subarray(end);
    const text = all.toString('utf8', 0, end);
    const lines = text.split('\n');
    const last = lines.pop() ?? '';
    const kept =
      lines
        .filter(keep)
        .map((line) => `${line}\n`)
        .join('') + last;
    if (kept !== '') write(kept);
  };
}

/** `ysql_dump` and `ysql_dumpall` by means of `pg_dump` and `pg_dumpall`. */
export function becomeDump(name: string, program: string, own: readonly string[]): void {
  const argv = process.argv.slice(2);
  if (asksVersion(argv)) {
    process.stdout.write(`${toolVersion(name, settings)}\n`);
    return;
  }
  const { args, file } = translate(argv);
  const target = file === undefined ? undefined : openSync(file, 'w');
  const filter = dumpFilter((text) => {
    if (target === undefined) process.stdout.write(text);
    else writeSync(target, text);
  });
  becomePgProgram(program, [...own, ...args], (chunk) => {
    filter(chunk);
    if (chunk === undefined && target !== undefined) closeSync(target);
  });
}
