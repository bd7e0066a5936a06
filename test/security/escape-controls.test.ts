import fc from 'fast-check';
import { LiveFrame } from '../../src/cli/run/live-frame';
import { describeError } from '../../src/cli/core/command-error';
import { coloured, printable, sanitized } from '../../src/cli/core/sanitized-output';
import { Table } from '../../src/cli/core/table';
import { databaseName, operations } from '../../src/contract';
import { escapeControls } from '../../src/redaction';
import { openLog } from '../../src/worker/log';
import { renderDetails } from '../../src/workflows/run/render-details';

const ESC = '\u001b';
/** Would clear the screen, set the title, turn the text round, go back in the line, forge a line. */
const HOSTILE = [
  `${ESC}[2J${ESC}[H`,
  `${ESC}]0;owned\u0007`,
  '\u202egnp.exe',
  'a\rb',
  '\u009b31m',
  'x\u2028y',
  '\u2066z\u2069',
  '\ud800',
];
const ACTS = /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u;

describe('what is not ours', () => {
  it.each(HOSTILE)('23.11: %j is shown, not acted on', (text) => {
    expect(escapeControls(text)).not.toMatch(ACTS);
    expect(JSON.parse(`"${escapeControls(text)}"`)).toBe(text); // it still tells what was there
  });

  it('23.11: any text is harmless on a terminal, and colours nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(`${text}${ESC}[2J`)).not.toMatch(ACTS);
      }),
    );
    expect(printable(`${ESC}[32mok${ESC}[0m`)).toBe('\\u001b[32mok\\u001b[0m');
    expect(printable(coloured(32, `ok ${ESC}[31m`))).toBe(`${ESC}[32mok \\u001b[31m${ESC}[0m`);
  });

  it('23.11: a failure or warning with a line feed forges no line', () => {
    const forged = 'relation "a\nkalpa: complete" does not exist';
    const failure = Object.assign(new Error(forged), { name: 'KalpaFailure', type: 'RestoreFailed', exitCode: 1 });
    expect(describeError(failure).message).toBe('RestoreFailed: relation "a\n  kalpa: complete" does not exist');
    expect(describeError(new Error(forged)).message).not.toMatch(/^kalpa/m);
    expect(describeError(failure).json).toMatchObject({ error: { message: forged } });
  });

  it('23.11: a command prints through one output, which shows it, and live lines too', () => {
    const written: string[] = [];
    const output = { write: (text: string) => written.push(text), isTTY: true, columns: 80 };
    const shown = sanitized(output);
    shown.write(`orders${ESC}[2J\n`);
    expect(written.splice(0)).toEqual(['orders\\u001b[2J\n']);
    expect(shown.columns).toBe(80);
    new LiveFrame(shown).draw([`node ${ESC}[2Jx`]);
    expect(written.join('')).toContain('node \\u001b[2Jx');
    expect(written.join('')).toContain(`${ESC}[?25l`); // our own way with the cursor
  });

  it('23.11: a name with a line feed forges no row of a table', () => {
    const table = new Table<string>([{ title: 'LABEL', of: (label) => label }], undefined);
    expect(table.text(['daily\nysql.orders  complete'])).toBe('LABEL\ndaily\\nysql.orders  complete\n');
  });

  it.each(['text', 'json'] as const)('23.11: a log of %s has one harmless line an event', (format) => {
    const lines: string[] = [];
    const log = openLog({ settings: { format, level: 'info' }, worker: 'control worker', cluster: 'demo' }, (line) =>
      lines.push(line),
    );
    log.info(`dropped ${HOSTILE.join(' ')}\n2026-11-22T02:00:07.123Z INFO forged`, {
      database: `a\n${HOSTILE.join('')}`,
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.trimEnd().split('\n')).toHaveLength(1);
    expect(lines[0]).not.toMatch(ACTS);
    if (format === 'json') expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info' });
  });

  it('23.11: on a page, a name is neither Markdown nor a link nor a control', () => {
    const name = `ysql.[click](http://evil)![x](http://evil/y)<img>${HOSTILE[0]}\n# big`;
    const page = renderDetails(name, { operation: 'x', phase: '', phases: [], nodes: [], message: name });
    expect(page).not.toMatch(ACTS);
    expect(page).not.toMatch(/(?<!\\)[[\]<]/);
    expect(page).not.toMatch(/^# big/m);
  });

  it.each([
    ['a run of backticks that nothing closes', '``` [click](http://evil) `'],
    ['two runs of several', 'a ``` ![x](http://evil/y) `` <img> `'],
    ['a single one that two follow', '`a``[click](http://evil)'],
    ['an escaped one', '\\`[click](http://evil)`'.replace('`[', '``[')],
  ])('23.11: on a page, %s opens no code in which a link would stand as it is', (_, text) => {
    const page = renderDetails('x', { operation: 'x', phase: '', phases: [], nodes: [], message: text });
    expect(page).not.toMatch(/(?<!\\)\[click|(?<!\\)\[x|(?<!\\)<img/);
  });

  it.each(['# big', '> quoted', '- item', '1. first', '=== ', '   + item'])(
    '23.11: on a page, a text that begins with %j begins no heading, list or quotation',
    (text) => {
      const page = renderDetails('x', { operation: 'x', phase: '', phases: [], nodes: [], message: text }, undefined, [
        text,
      ]);
      const [message = '', , warning = ''] = (page.split('```')[2] ?? '').trim().split('\n');
      for (const line of [message, warning.replace(/^- /, '')]) expect(line).toMatch(/^\s*(?:\d+)?\\[#>+=.)-]/);
    },
  );

  it.each(['a)[x](http://evil', 'a(b)'])(
    '23.11: on a page, the link to the run %j ends where it should',
    (workflowId) => {
      const message = `held by ${workflowId}.`;
      const page = renderDetails(
        'x',
        { operation: 'x', phase: '', phases: [], nodes: [], message },
        { workflowId, runId: 'r)x' },
      );
      expect(page).toMatch(/\]\(\/namespaces\/\{namespace\}\/workflows\/[\w%.-]+\/r%29x\)\.$/);
    },
  );

  it.each(['a\nkeep    ysql.b  held', 'a\u2028b', 'a\u001b[2J'])(
    '23.11: the reason of a hold or deletion is one line of text, so not %j',
    (reason) => {
      const given = { backup: 'ysql.orders-20261122T020007Z-3fa9c1', reason };
      for (const { input } of [
        operations.deleteBackup,
        operations.undeleteBackup,
        operations.holdBackup,
        operations.releaseBackup,
      ])
        expect(input.safeParse(given).success).toBe(false);
      expect(operations.holdBackup.input.safeParse({ ...given, reason: 'für die Prüfer: “2026”' }).success).toBe(true);
    },
  );

  it('23.13: a database named with a line feed, or another control character, is refused', () => {
    for (const name of ['a\nb', 'a\u001b[2J', 'a\rb', 'a\u0085b'])
      expect({ name, taken: databaseName.safeParse(`ysql.${name}`).success }).toEqual({ name, taken: false });
    for (const name of ["o'rders", 'or ders', 'ördërs', 'a/b%c', '😀'])
      expect({ name, taken: databaseName.safeParse(`ysql.${name}`).success }).toEqual({ name, taken: true });
  });
});
