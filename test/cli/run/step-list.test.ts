import type { CliIo } from '../../../src/cli/core/cli-io';
import { StepList } from '../../../src/cli/run/step-list';
import { TerminalScreen } from '../terminal-screen';

const START = Date.parse('2026-11-29T02:00:00Z');

describe('steps one after another', () => {
  beforeEach(() => jest.useFakeTimers({ now: START }));
  afterEach(() => jest.useRealTimers());
  const listOn = (stdout: CliIo['stdout']): StepList =>
    new StepList({ stdout, now: () => new Date() } as unknown as CliIo);

  it('on a terminal: the running one is below those that have ended, with its time, and goes when it has ended', () => {
    const screen = new TerminalScreen(60);
    const list = listOn(screen);
    list.begin('backup: back up the wide database');
    expect(screen.text()).toEqual(['… backup: back up the wide database  0 s']);
    jest.advanceTimersByTime(62_000);
    expect(screen.text()).toEqual(['… backup: back up the wide database  1:02']);
    list.end('✓ backup    back up the wide database: ok  62.0 s');
    list.begin('backup: verify it');
    expect(screen.text()).toEqual(['✓ backup    back up the wide database: ok  62.0 s', '… backup: verify it  0 s']);
    list.close();
    jest.advanceTimersByTime(5_000);
    expect(screen.text()).toEqual(['✓ backup    back up the wide database: ok  62.0 s']);
    expect(screen.cursorHidden).toBe(false);
  });

  it('on a narrow terminal: lines are wrapped between words, and none is left behind', () => {
    const screen = new TerminalScreen(24);
    const list = listOn(screen);
    list.begin('backup: back up the wide database');
    jest.advanceTimersByTime(3_000);
    list.end('✗ backup    back up: differs (a table is missing)  3.0 s');
    expect(screen.text()).toEqual(['✗ backup    back up:', '    differs (a table is', '    missing)  3.0 s']);
    list.close();
  });

  it('says what others write between two steps, and nothing overwrites it', () => {
    const screen = new TerminalScreen(60);
    const list = listOn(screen);
    list.begin('dumps: load it');
    list.erase();
    screen.write('Interrupted: dropping what was made …\n');
    jest.advanceTimersByTime(2_000);
    list.begin('clean up');
    jest.advanceTimersByTime(2_000);
    expect(screen.text()).toEqual(['Interrupted: dropping what was made …', '… clean up  2 s']);
    list.close();
    expect(screen.text()).toEqual(['Interrupted: dropping what was made …']);
  });

  it('elsewhere: only those that have ended, unwrapped', () => {
    const written: string[] = [];
    const list = listOn({ write: (text) => written.push(text) });
    list.begin('backup: back up the wide database');
    jest.advanceTimersByTime(60_000);
    list.end('✓ backup    back up the wide database: ok  60.0 s');
    list.close();
    expect(written).toEqual(['✓ backup    back up the wide database: ok  60.0 s\n']);
  });
});
