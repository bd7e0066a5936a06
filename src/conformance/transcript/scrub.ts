import type { ToolCall } from '../../yugabyte';
import { PREFIX } from '../names';
import { given } from '../../objects/given';

/** Databases that every cluster has; their names reveal nothing. */
const EVERYWHERE = new Set([
  'postgres',
  'yugabyte',
  'template0',
  'template1',
  'system',
  'system_schema',
  'system_auth',
  'system_platform',
  'system_views',
]);

const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;
const HEX32 = /\b[0-9a-f]{32}\b/gi;
/**
 * An id that YSQL derives from oids alone: the database's oid, 0x00003000, the relation's oid. It is the same in every
 * installation.
 */
const OF_OIDS = /^[0-9a-f]{8}0000[0-9a-f]0008[0-9a-f]{15}$|^[0-9a-f]{8}00003000[0-9a-f]{16}$/i;
const IP = /\b(?:\d{1,3}\.){3}\d{1,3}\b/g;

/** Replaces names and ids of this installation, each with the same word throughout. */
export class Scrubber {
  private readonly words = new Map<string, string>();
  private readonly ids = new Map<string, number>();
  private pattern: RegExp | undefined;

  constructor(given: {
    hosts: readonly string[];
    names: readonly string[];
    /** Absolute paths, including those of data directories. */
    folders?: readonly string[];
    secrets: readonly string[];
  }) {
    for (const secret of given.secrets) if (secret.length > 3) this.words.set(secret, 'secret');
    for (const host of unique(given.hosts)) this.words.set(host, `host-${this.words.size + 1}`);
    for (const folder of unique(given.folders ?? []))
      if (folder.length > 1) this.words.set(folder, `/folder-${this.words.size + 1}`);
    for (const name of unique(given.names))
      if (!EVERYWHERE.has(name) && !name.startsWith(PREFIX)) this.words.set(name, `name_${this.words.size + 1}`);
    const longestFirst = [...this.words.keys()].sort((a, b) => b.length - a.length);
    if (longestFirst.length > 0)
      this.pattern = new RegExp(`(?<![A-Za-z0-9_-])(?:${longestFirst.map(escaped).join('|')})(?![A-Za-z0-9_-])`, 'g');
  }

  text(text: string): string {
    const named = this.pattern ? text.replace(this.pattern, (word) => this.words.get(word) ?? word) : text;
    return named
      .replace(UUID, (id) => dashed(this.idOf(id.replaceAll('-', ''))))
      .replace(HEX32, (id) => (OF_OIDS.test(id) ? id : this.idOf(id)))
      .replace(IP, (address) => this.wordOf(address, 'host-'));
  }

  /** A tool's call. */
  tool({ tool, args, script, exitCode, stdout, stderr, made }: ToolCall): {
    tool: string;
    args: string[];
    script?: string;
    exitCode?: number;
    stdout?: string;
    stderr: string;
    made?: string;
  } {
    return {
      tool,
      args: args.map((arg) => this.text(arg)),
      ...(script === undefined ? {} : { script: this.text(script) }),
      ...given({ exitCode }),
      ...(stdout === undefined ? {} : { stdout: this.text(stdout) }),
      stderr: this.text(stderr),
      ...(made === undefined ? {} : { made: this.text(made) }),
    };
  }

  private wordOf(text: string, kind: string): string {
    const known = this.words.get(text);
    if (known !== undefined) return known;
    const word = `${kind}${this.words.size + 1}`;
    this.words.set(text, word);
    return word;
  }

  private idOf(id: string): string {
    const key = id.toLowerCase();
    const number = this.ids.get(key) ?? this.ids.size + 1;
    this.ids.set(key, number);
    return `${'0'.repeat(12)}4${'0'.repeat(3)}8${'0'.repeat(3)}${number.toString(16).padStart(12, '0')}`;
  }
}

const dashed = (id: string): string =>
  [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20)].join('-');
const unique = (texts: readonly string[]): string[] => [...new Set(texts)].filter((text) => text !== '');
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
