import type { CliIo } from '../../../src/cli/core/cli-io';
import { openDisplay } from '../../../src/cli/run/progress-display';
import { elapsedText, frame } from '../../../src/cli/run/progress-frame';
import { RateWindow } from '../../../src/cli/run/rate-window';
import type { Progress } from '../../../src/contract';
import { TerminalScreen } from '../terminal-screen';

const START = Date.parse('2026-11-22T02:00:00Z');
const now = new Date(START + 65_000);
const node = (name: string, bytesDone: number, bytesTotal = 200_000_000, bytesPerSecond = 4_000_000) => ({
  node: name,
  ...{ filesDone: 1, filesTotal: 9, bytesDone, bytesTotal, bytesPerSecond },
});
const restoring: Progress = {
  operation: 'restoreDatabase',
  phase: 'files',
  phases: [
    ...['preflight', 'schema', 'import'].map((name) => ({ name, state: 'complete' as const })),
    { name: 'files', state: 'running', startedAt: '2026-11-22T02:00:00Z' },
    ...['restore', 'verify', 'cleanup'].map((name) => ({ name, state: 'waiting' as const })),
  ],
  nodes: [
    node('yb-10.internal:9100', 50_000_000),
    node('yb-2.internal:9100', 100_000_000),
    node('yb-1.internal:9100', 0),
  ],
  etaSeconds: 38,
  message: 'Placing the files of 412 tablets on three nodes.',
};

describe('what is shown of a run', () => {
  it('22.30: fits 60 columns with every phase, the totals and every node, in the order of their numbers', () => {
    expect(frame(restoring, { columns: 60, now })).toEqual([
      '✓ preflight  ✓ schema  ✓ import  ● files  ○ restore',
      '○ verify  ○ cleanup',
      '⠙ 1:05 Placing the files of 412 tablets on three nodes.',
      '150 MB of 600 MB  25%  12.0 MB/s  about 38 s left',
      'yb-1.internal:9100     0%  0 B of 200 MB  4.00 MB/s',
      'yb-2.internal:9100    50%  100 MB of 200 MB  4.00 MB/s',
      'yb-10.internal:9100   25%  50.0 MB of 200 MB  4.00 MB/s',
    ]);
  });

  it('22.30: has a bar if there is space for one', () => {
    expect(frame(restoring, { columns: 100, now }).slice(-2)).toEqual([
      'yb-2.internal:9100   ████████████░░░░░░░░░░░░   50%  100 MB of 200 MB  4.00 MB/s',
      'yb-10.internal:9100  ██████░░░░░░░░░░░░░░░░░░   25%  50.0 MB of 200 MB  4.00 MB/s',
    ]);
  });

  it('22.30: cuts nothing at any width', () => {
    const words = (lines: readonly string[]): string => lines.join(' ').replace(/[█░]+|\s+/g, '');
    const whole = words(frame(restoring, { columns: 200, now }))
      .split('')
      .sort()
      .join('');
    for (let columns = 24; columns < 130; columns++) {
      const lines = frame(restoring, { columns, now });
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
      expect(words(lines).split('').sort().join('')).toBe(whole);
    }
  });

  it('22.30: moves while nothing else does: a spinner, and the time since the phase began', () => {
    const cloning: Progress = { ...restoring, nodes: [], message: 'Cloning.' };
    const at = (seconds: number) => frame(cloning, { columns: 60, now: new Date(START + seconds * 1000) })[2];
    expect(at(50)).toMatch(/^. 50 s Cloning\.$/);
    expect(at(50)).not.toBe(at(50.2));
    expect([48, 187, 3729].map(elapsedText)).toEqual(['48 s', '3:07', '1:02:09']);
  });

  it('22.30: of a hundred nodes shows what the terminal holds, and says how many more there are', () => {
    const many = { ...restoring, nodes: Array.from({ length: 100 }, (_, i) => node(`n${i}:9100`, 1)) };
    const lines = frame(many, { columns: 80, rows: 24, now });
    expect(lines.length).toBeLessThan(24);
    expect(lines.at(-1)).toBe('and 86 more nodes');
  });
});

describe('a terminal', () => {
  let time = START;
  const open = (screen: TerminalScreen) => {
    time = START;
    const io = { stdout: screen, stderr: screen, env: {}, now: () => new Date(time) } as unknown as CliIo;
    return openDisplay(io);
  };
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('22.30: that is made narrower and wider again keeps no debris', () => {
    const screen = new TerminalScreen(100);
    screen.write('started  backup/demo\n');
    const display = open(screen);
    display.show(restoring);
    for (const columns of [60, 44, 72, 31, 120]) {
      screen.resize(columns);
      display.show(restoring);
      expect(screen.text()).toEqual(['started  backup/demo', ...frame(restoring, { columns, now: new Date(time) })]);
    }
    display.close();
  });

  it('22.30: shows the time going on without a word from the run', () => {
    const screen = new TerminalScreen(60);
    const display = open(screen);
    display.show({ ...restoring, nodes: [] });
    time += 50_000;
    jest.advanceTimersByTime(250);
    expect(screen.text().join('\n')).toMatch(/ 50 s Placing/);
    display.close();
  });

  it('22.30: keeps every line on Ctrl-C, and prints what follows below them', () => {
    const screen = new TerminalScreen(60);
    const display = open(screen);
    display.show(restoring);
    const lines = screen.text();
    expect(screen.cursorHidden).toBe(true);
    screen.write('^C'); // the terminal's own echo
    display.close();
    screen.write('Not watched any more; it continues.\n');
    expect(screen.text()).toEqual([...lines, 'Not watched any more; it continues.']);
    expect(screen.cursorHidden).toBe(false);
  });
});

describe('a rate', () => {
  it('22.30: is that of the last seconds: fast, then standing still, then nothing', () => {
    const rate = new RateWindow();
    expect(rate.perSecond(0, 0)).toBeUndefined();
    for (let second = 2; second <= 30; second += 2) rate.perSecond(second * 100, second * 1000);
    expect(rate.perSecond(3_100, 31_000)).toBeCloseTo(100);
    expect(rate.perSecond(3_100, 41_000)).toBeCloseTo(50, -1);
    expect(rate.perSecond(3_100, 62_000)).toBe(0);
  });

  it('22.30: starts over where the counter does', () => {
    const rate = new RateWindow();
    rate.perSecond(5_000, 0);
    expect(rate.perSecond(0, 10_000)).toBeUndefined();
    expect(rate.perSecond(500, 15_000)).toBeCloseTo(100);
  });
});
