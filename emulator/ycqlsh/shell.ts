import { readFileSync } from 'node:fs';
import type { KeyspaceDescription } from '../cql/catalog/describe';
import { keyOf } from '../cql/catalog/definition';
import type { CopyTable } from '../cql/protocol';
import { splitStatements } from '../cql/language/tokens';
import type { Connection } from './connection';
import { parseCopy } from './copy-command';
import { copyFrom } from './copy-from';
import { copyOptions } from './copy-options';
import { copyTo } from './copy-to';
import { describe } from './describe-command';
import { printRows } from './print-rows';
import { ShellError } from './shell-error';
import type { ShellOptions } from './options';

/** Runs scripts. A statement that fails is told on stderr, and the next one runs all the same. */
export class Shell {
  failed = false;
  private keyspace: string | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly options: ShellOptions,
    private readonly stdin: () => string,
  ) {}

  /** `name`: of the file, for messages. */
  async run(script: string, name = '<stdin>'): Promise<void> {
    for (const { text: statement, line } of splitStatements(script)) {
      if (/^(?:exit|quit)\b/i.test(statement)) return;
      try {
        await this.one(statement);
      } catch (error) {
        this.failed = true;
        process.stderr.write(`${name}:${line}:${error instanceof Error ? error.message : String(error)}\n`);
      }
    }
  }

  private async one(statement: string): Promise<void> {
    const word = /^\w+/.exec(statement)?.[0].toLowerCase() ?? '';
    if (word === 'desc' || word === 'describe') this.say(describe(statement, await this.described(), this.keyspace));
    else if (word === 'copy') await this.copy(statement);
    else if (word === 'source') {
      const file = /^source\s+'((?:[^']|'')*)'/i.exec(statement)?.[1]?.replaceAll("''", "'") ?? '';
      await this.run(readFileSync(file, 'utf8'), file);
    } else if (/^(?:consistency|tracing|expand|paging|show|help|clear|login)$/.test(word)) return;
    else await this.cql(statement);
  }

  private async cql(text: string): Promise<void> {
    const reply = await this.connection.ask({ op: 'cql', text });
    if (reply.reply === 'error') throw ShellError.ofServer(reply);
    if (reply.reply !== 'result') throw new ShellError('the server gave another answer than asked for');
    const { result } = reply;
    if (result.kind === 'keyspace') this.keyspace = result.keyspace;
    if (result.kind === 'select' || result.kind === 'applied') this.say(printRows(result, result.kind === 'select'));
  }

  private async copy(text: string): Promise<void> {
    const command = parseCopy(text);
    const keyspace = command.keyspace ?? this.keyspace;
    const found = (await this.described()).find(({ name }) => name === keyspace);
    const table = found?.tables.find(({ name }) => name === command.table);
    if (!found || !table) throw new ShellError(`Can't find table ${keyspace ?? ''}.${command.table}`);
    const { columns } = table.definition;
    const wrong = command.columns.find((name) => !columns.some((column) => column.name === name));
    if (wrong !== undefined) throw new ShellError(`Column '${wrong}' not found in table ${found.name}.${table.name}`);
    const described: CopyTable = {
      keyspace: found.name,
      name: table.name,
      columns,
      key: keyOf(table.definition).map(({ name }) => name),
      types: found.types,
    };
    const options = copyOptions(command.options, command.direction);
    const file = command.file === undefined ? {} : { file: command.file };
    const say = (line: string): void => {
      this.say(`${line}\n`);
    };
    if (command.direction === 'to') {
      const all = command.columns.length > 0 ? command.columns : columns.map(({ name }) => name);
      await copyTo(this.connection, described, { columns: all, ...file, options }, say);
    } else {
      const text = command.file === undefined ? this.stdin() : '';
      const { fieldSizeLimit } = this.options;
      await copyFrom(
        this.connection,
        described,
        { columns: command.columns, ...file, options, text, fieldSizeLimit },
        say,
      );
    }
  }

  private async described(): Promise<KeyspaceDescription[]> {
    const reply = await this.connection.ask({ op: 'describe' });
    if (reply.reply === 'error') throw ShellError.ofServer(reply);
    return reply.reply === 'described' ? reply.keyspaces : [];
  }

  private say(text: string): void {
    process.stdout.write(text);
  }
}
