import { cutInTheMiddle, fitText } from '../../../src/cli/core/fit-text';
import { Table } from '../../../src/cli/core/table';
import { kalpa, failing } from '../fake-cli';

const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

describe('22.24: text that fits the terminal', () => {
  it.each([120, 80, 60, 40])('22.24: sentences are wrapped between words on %d columns', (columns) => {
    const text = `problems:\n  ${'ysql.orders has neither a backup nor a schedule. '.repeat(6).trim()}`;
    const fitted = fitText(text, columns, 2);
    expect(widest(fitted)).toBeLessThanOrEqual(columns);
    expect(fitted.replace(/\s+/g, ' ')).toBe(text.replace(/\s+/g, ' '));
    expect(
      fitted
        .split('\n')
        .slice(2)
        .every((line) => /^ {4}\S/.test(line)),
    ).toBe(true);
  });

  it('22.24: colours take up no width', () => {
    const line = `\u001b[32mok\u001b[39m       store: ${'x'.repeat(40)} it answers`;
    expect(fitText(line, 67)).toBe(line);
    expect(fitText(line, 66)).toBe(line.replace(/ (answers)$/, '\n$1'));
  });

  it('22.24: a row with a value longer than was foreseen is stacked, the others are not', () => {
    const table = new Table<string>(
      [
        { title: 'NAME', of: () => 'orders' },
        { title: 'STARTED BY', of: (by) => by, more: true },
      ],
      24,
    );
    expect(table.text(['a person', 'a person with a long name'])).toBe(
      'NAME  STARTED BY\norders  a person\norders\n  started by a person\n    with a long name\n',
    );
  });

  it('22.24: a command to be copied, a link and an id longer than a line stay whole', () => {
    const command = '  kalpa recover ysql.orders --to 2026-11-22T02:00:00Z --yes ysql.orders';
    const again = `Watch it again: ${command.trim()}`;
    const link = `http://127.0.0.1:8233/namespaces/default/workflows/${'x'.repeat(60)}`;
    expect(fitText(`${command}\n${again}`, 40)).toBe(`${command}\n${again}`);
    expect(fitText(`started  w\n         ${link}`, 40)).toBe(`started  w\n         ${link}`);
    expect(fitText(`The run that holds it: ${link}`, 40)).toContain(link);
  });

  it('22.24: nothing is wrapped when the output is not a terminal', () => {
    const line = 'word '.repeat(100).trim();
    expect(fitText(line, undefined)).toBe(line);
  });

  it('22.24: both ends of a name that is cut are left', () => {
    expect(cutInTheMiddle('ysql.orders_of_the_north', 12)).toBe('ysql.o…north');
    expect(cutInTheMiddle('ysql.orders', 11)).toBe('ysql.orders');
    for (const width of [1, 2, 3]) expect(cutInTheMiddle('ysql.orders', width)).toHaveLength(width);
  });

  it.each([
    [80, 'ID    STATE  WHO\nlong  ok     alice\n'],
    [14, 'ID    STATE\nlong  ok\n  who alice\n'],
    [10, 'ID\nlong\n  state ok\n  who\n    alice\n'],
    [undefined, 'ID    STATE  WHO\nlong  ok     alice\n'],
  ])('22.24: a row on a terminal of %p columns', (width, expected) => {
    const table = new Table(
      [
        { title: 'ID', width: 4, of: () => 'long' },
        { title: 'STATE', of: () => 'ok' },
        { title: 'WHO', width: 5, of: () => 'alice', more: true },
      ],
      width,
    );
    expect(table.text([{}])).toBe(expected);
  });

  it('22.24: a failure on a terminal is wrapped, piped it is one line', async () => {
    const message = `There is no database ysql.ordrs on cluster demo; ${'nothing was changed and '.repeat(5)}more.`;
    const fake = { result: failing('NotFound', message), columns: 60 };
    const terminal = await kalpa(['backup', 'ysql.ordrs'], { ...fake, tty: true });
    expect(widest(terminal.stderr)).toBeLessThanOrEqual(60);
    expect(terminal.stderr.replace(/\s+/g, ' ')).toContain(message);
    const piped = await kalpa(['backup', 'ysql.ordrs'], fake);
    expect(piped.stderr).toContain(`kalpa: NotFound: ${message}\n`);
  });
});
