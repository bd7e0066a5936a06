import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const script = join(__dirname, 'print-long-list.cjs');
/** Longer than what a pipe takes (64 KiB) by far. */
const MEGABYTE = 1_000_000;

/** Runs one command into a pipe whose reader takes its time for the first part and a little for each further one. */
async function slowlyRead(...line: string[]): Promise<{ code: unknown; text: string }> {
  const child = spawn(process.execPath, [script, ...line], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const parts: Buffer[] = [];
  await once(child.stdout, 'readable');
  await Promise.race([ended, pause(200)]); // a process that ends before its reader has begun has cut its output
  for await (const part of child.stdout) {
    parts.push(part as Buffer);
    if (parts.length % 4 === 0) await pause(1);
  }
  const [code] = (await ended) as unknown[];
  return { code, text: Buffer.concat(parts).toString('utf8') };
}

describe('what is printed into a pipe', () => {
  it.each([
    [['backups'], /\nysql\.d11999-x+ +failed .*\n$/, 'backups'],
    [['dumps'], /\nysql\.d11999-dump-x+ .*\n$/, 'dumps'],
    [['show', 'ysql.d'], /\npublic\.t11999x+ .*\n$/, 'tables'],
    [['inspect'], /ysql\.d11999x+[^]*problems: none\n$/, 'databases'],
    [['snapshot', 'list'], /\n11999 .*\n$/, 'snapshots'],
    [['pitr', 'status'], /\nysql\.d11999x+ .*\n.*\n$/, 'databases'],
    [['history'], /\n.* backup\/11999x+\n$/, 'operations'],
    [['runs'], /\nbackup\/11999x+ .*\n$/, 'runs'],
    [['schedule', 'list'], /\nbackup\/11999x+ .*\n$/, 'schedules'],
  ])('22.33: a megabyte of `kalpa %j` reaches a slow reader to its last line', async (line, lastLine, list) => {
    const [text, json] = await Promise.all([slowlyRead(...line), slowlyRead(...line, '--json')]);
    expect([text.code, json.code]).toEqual([0, 0]);
    expect(Math.min(text.text.length, json.text.length)).toBeGreaterThan(MEGABYTE);
    expect(text.text.slice(-200_000)).toMatch(lastLine);
    expect((JSON.parse(json.text) as Record<string, unknown[]>)[list]).toHaveLength(12_000);
  });

  it('22.33: a reader that goes away ends the command quietly, at once', async () => {
    const child = spawn(process.execPath, [script, 'backups'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let complaints = '';
    child.stderr.on('data', (part: Buffer) => (complaints += part.toString()));
    await once(child.stdout, 'readable');
    child.stdout.destroy();
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(complaints).toBe('');
  });
});
