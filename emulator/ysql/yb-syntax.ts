import { has, type Release } from '../releases';
import { NOTE, SCHEMA } from '../sql/names';
import { plainName, statementsOf, tokensOf, type Token } from './tokens';

/** The YSQL clauses of a CREATE TABLE, INDEX or MATERIALIZED VIEW; `place` (sql/storage-sql.ts) reads it. */
export interface StorageNote {
  of: 'table' | 'index';
  schema?: string;
  /** Absent: an index that PostgreSQL names. */
  name?: string;
  colocation?: boolean;
  /** Colocation id. */
  id?: number;
  tablegroup?: string;
  tablets?: number;
  /** `((50), (100))` */
  splitAt?: string;
  /** How many key columns are hashed. */
  hash?: number;
  method?: 'ybhnsw';
}

/** Names of the templates of colocated databases, one for each kind. */
export const COLOCATED_TEMPLATE = { legacy: 'pg_yb_colocated', colocation: 'pg_yb_colocation' } as const;

interface Translated {
  sql: string;
  /** Template that must exist first. */
  template?: keyof typeof COLOCATED_TEMPLATE;
}

const DEFINES = /\b(?:create|alter|drop)\b/i;
/** Every statement that PostgreSQL does not accept unchanged contains one of these words. */
const OWN_WORDS =
  /\b(?:colocat(?:ed|ion|ion_id)|table_oid|tablegroup|split|lsm|ybgin|ybhnsw|hash|asc|desc|nonconcurrently|replica_placement)\b/i;

/**
 * YSQL statements translated for PostgreSQL, with notes of the clauses that were removed. Text without such statements
 * is returned unchanged.
 */
export function translate(sql: string, release: Release): Translated {
  if (!DEFINES.test(sql) || !OWN_WORDS.test(sql)) return { sql };
  let template: Translated['template'];
  const texts = statementsOf(tokensOf(sql)).map((tokens) => {
    const statement = new Statement(tokens);
    const result = statement.translated(release);
    template ??= result.template;
    return result.sql;
  });
  return { sql: texts.join(''), ...(template ? { template } : {}) };
}

const isSpace = ({ kind }: Token): boolean => kind === 'space';
const OPENS = new Set(['(', '[']);
const CLOSES = new Set([')', ']']);

class Statement {
  private readonly tokens: Token[];

  constructor(tokens: readonly Token[]) {
    this.tokens = [...tokens];
  }

  translated(release: Release): Translated {
    const first = this.next(0);
    const verb = this.word(first);
    const words = this.wordsFrom(first, 8);
    const is = (pattern: RegExp): boolean => pattern.test(words);
    if (is(/^CREATE DATABASE\b/)) return this.database(release);
    if (is(/^(?:CREATE|DROP|ALTER) TABLEGROUP\b/)) return { sql: this.tablegroup(verb) };
    if (is(/^CREATE (?:(?:GLOBAL|LOCAL) )?(?:(?:TEMP|TEMPORARY|UNLOGGED) )?TABLE\b/))
      return { sql: this.relation('table', this.find('TABLE')) };
    if (is(/^CREATE MATERIALIZED VIEW\b/)) return { sql: this.relation('table', this.find('VIEW')) };
    if (is(/^CREATE (?:UNIQUE )?INDEX\b/)) return { sql: this.index(release) };
    if (is(/^ALTER TABLE\b/)) {
      this.keys();
      return { sql: this.text() };
    }
    return { sql: this.text() };
  }

  /** The colocated kinds are copies of a database that is marked as colocated. */
  private database(release: Release): Translated {
    const words = has(release, 'colocation') ? ['COLOCATED', 'COLOCATION'] : ['COLOCATED'];
    const at = this.tokens.findIndex(({ kind, text }) => kind === 'word' && words.includes(text.toUpperCase()));
    if (at === -1) return { sql: this.text() };
    let value = this.next(at + 1);
    if (this.tokens[value]?.text === '=') value = this.next(value + 1);
    const colocated = /^'?(?:true|on|yes|1)'?$/i.test(this.tokens[value]?.text ?? '');
    this.remove(at, value + 1);
    if (!colocated) return { sql: this.text() };
    const template = has(release, 'colocation') ? 'colocation' : 'legacy';
    const stands = this.find('TEMPLATE');
    if (stands !== -1) {
      let old = this.next(stands + 1);
      if (this.tokens[old]?.text === '=') old = this.next(old + 1);
      this.remove(stands, old + 1);
    }
    this.append(` TEMPLATE = ${COLOCATED_TEMPLATE[template]}`);
    return { sql: this.text(), template };
  }

  private tablegroup(verb: string): string {
    let at = this.next(this.find('TABLEGROUP') + 1);
    const missing = this.wordsFrom(at, 2) === 'IF EXISTS';
    if (missing) at = this.next(this.next(at + 1) + 1);
    const name = literal(plainName(this.tokens[at]?.text ?? ''));
    const behind = (word: string): string => {
      const found = this.find(word);
      return found === -1 ? 'NULL' : literal(plainName(this.tokens[this.next(found + 1)]?.text ?? ''));
    };
    const call =
      verb === 'CREATE'
        ? `PERFORM ${SCHEMA}.create_tablegroup(${name}, ${behind('OWNER')}, ${behind('TABLESPACE')})`
        : verb === 'DROP'
          ? `PERFORM ${SCHEMA}.drop_tablegroup(${name}, ${missing})`
          : `PERFORM ${SCHEMA}.alter_tablegroup(${name}, ${this.find('RENAME') === -1 ? 'NULL' : behind('TO')}, ${this.find('OWNER') === -1 ? 'NULL' : behind('TO')})`;
    return `DO $yb_emulator$ BEGIN ${call}; END $yb_emulator$;`;
  }

  private relation(of: 'table', keyword: number): string {
    const note: StorageNote = { of, ...this.nameAt(keyword) };
    this.storage(note);
    const hash = this.keys();
    if (hash !== undefined) note.hash = hash;
    return this.noted(note);
  }

  private index(release: Release): string {
    const noise = this.find('NONCONCURRENTLY');
    if (noise !== -1) this.remove(noise, noise + 1);
    const note: StorageNote = { of: 'index', ...this.nameAt(this.find('INDEX')) };
    const using = this.find('USING');
    const method = using === -1 ? -1 : this.next(using + 1);
    const name = this.tokens[method]?.text.toLowerCase();
    if (name === 'lsm') this.replace(method, 'btree');
    if (name === 'ybgin') this.replace(method, 'gin');
    if (name === 'ybhnsw' && has(release, 'vectorIndexes')) {
      this.replace(method, 'hnsw');
      note.method = 'ybhnsw';
    }
    this.storage(note);
    const open = this.columns();
    const hash = open === -1 ? undefined : this.ordered(open);
    if (hash !== undefined) note.hash = hash;
    return this.noted(note);
  }

  /** Position after the name of the table and of the method. */
  private columns(): number {
    return this.topLevel().find((i) => this.tokens[i]?.text === '(') ?? -1;
  }

  /** Removes the clauses about the relation's storage. */
  private storage(note: StorageNote): void {
    const split = this.find('SPLIT');
    if (split !== -1) {
      const how = this.next(split + 1);
      const value = this.next(how + 1);
      if (this.word(how) === 'INTO') {
        note.tablets = Number(this.tokens[value]?.text);
        this.remove(split, this.next(value + 1) + 1);
      } else {
        const open = this.next(value + 1);
        const close = this.closing(open);
        note.splitAt = this.text(open, close + 1);
        this.remove(split, close + 1);
      }
    }
    const group = this.find('TABLEGROUP');
    if (group !== -1) {
      const name = this.next(group + 1);
      note.tablegroup = plainName(this.tokens[name]?.text ?? '');
      this.remove(group, name + 1);
    }
    for (const at of this.topLevel()
      .filter((i) => this.word(i) === 'WITH')
      .reverse()) {
      const open = this.next(at + 1);
      if (this.tokens[open]?.text === '(') this.options(at, open, note);
    }
  }

  private options(at: number, open: number, note: StorageNote): void {
    const close = this.closing(open);
    const options = this.text(open + 1, close)
      .split(',')
      .filter((option) => {
        const [, name = '', value = ''] = /^\s*(\w+)\s*=?\s*'?(\w*)'?\s*$/.exec(option) ?? [];
        switch (name.toLowerCase()) {
          case 'colocation':
          case 'colocated':
            note.colocation = /^(?:true|on|yes|1|)$/i.test(value);
            return false;
          case 'colocation_id':
          case 'table_oid':
            note.id = Number(value);
            return false;
          default:
            return true;
        }
      });
    if (options.length === 0) this.remove(at, close + 1);
    else this.tokens.splice(open + 1, close - open - 1, { kind: 'text', text: options.join(',') });
  }

  /**
   * Rewrites PRIMARY KEY and UNIQUE for PostgreSQL. Returns how many columns of the primary key are hashed, if it says
   * so.
   */
  private keys(): number | undefined {
    let hash: number | undefined;
    for (let i = 0; i < this.tokens.length; i += 1) {
      const word = this.word(i);
      if (word !== 'KEY' && word !== 'UNIQUE') continue;
      if (word === 'KEY' && this.word(this.before(i)) !== 'PRIMARY') continue;
      const open = this.next(i + 1);
      if (this.tokens[open]?.text !== '(') continue;
      const hashed = this.ordered(open, true);
      if (word === 'KEY') hash = hashed;
    }
    return hash;
  }

  /**
   * Removes HASH and the brackets of hashed columns from a list of columns; `bare`: also the order, which PostgreSQL's
   * constraints don't have.
   */
  private ordered(open: number, bare = false): number | undefined {
    const text = this.text(open + 1, this.closing(open));
    const parts = partsOf(text);
    let hash: number | undefined;
    const columns = parts.map((part, i) => {
      const [, name = part, order = ''] =
        /^([\s\S]*?)\s+(HASH|(?:ASC|DESC)(?:\s+NULLS\s+(?:FIRST|LAST))?)\s*$/i.exec(part) ?? [];
      if (order === '') return part;
      if (!/^hash$/i.test(order)) {
        if (i === 0) hash = 0;
        return bare ? name : part;
      }
      const group = /^\s*\(([\s\S]*)\)\s*$/.exec(name)?.[1];
      // `((a, b) HASH)` are two columns; `((lower(a)) HASH)` is an expression.
      const plain = group !== undefined && partsOf(group).every((one) => /^\s*(?:"(?:[^"]|"")*"|[\w$]+)\s*$/.test(one));
      hash = plain ? partsOf(group).length : 1;
      return plain ? group : name;
    });
    this.tokens.splice(open + 1, this.closing(open) - open - 1, { kind: 'text', text: columns.join(',') });
    return hash;
  }

  private nameAt(keyword: number): Pick<StorageNote, 'schema' | 'name'> {
    let at = this.next(keyword + 1);
    while (['CONCURRENTLY', 'IF', 'NOT', 'EXISTS'].includes(this.word(at))) at = this.next(at + 1);
    if (this.word(at) === 'ON') return {};
    const first = plainName(this.tokens[at]?.text ?? '');
    if (this.tokens[at + 1]?.text !== '.') return { name: first };
    return { schema: first, name: plainName(this.tokens[at + 2]?.text ?? '') };
  }

  private noted(note: StorageNote): string {
    const { of: _of, schema: _schema, name: _name, ...said } = note;
    const text = this.text();
    if (Object.keys(said).length === 0) return text;
    return `${NOTE}${Buffer.from(JSON.stringify(note)).toString('base64')}*/ ${text}`;
  }

  private text(from = 0, to = this.tokens.length): string {
    return this.tokens
      .slice(from, to)
      .map(({ text }) => text)
      .join('');
  }

  /** Inserts text before the semicolon. */
  private append(text: string): void {
    const end = this.tokens.at(-1)?.text === ';' ? this.tokens.length - 1 : this.tokens.length;
    this.tokens.splice(end, 0, { kind: 'text', text });
  }

  private replace(at: number, text: string): void {
    this.tokens.splice(at, 1, { kind: 'word', text });
  }

  private remove(from: number, to: number): void {
    this.tokens.splice(from, to - from, { kind: 'space', text: ' ' });
  }

  private word(at: number): string {
    const token = this.tokens[at];
    return token?.kind === 'word' ? token.text.toUpperCase() : '';
  }

  private next(at: number): number {
    let i = at;
    while (i < this.tokens.length && isSpace(this.tokens[i] ?? { kind: 'sign', text: '' })) i += 1;
    return i;
  }

  private before(at: number): number {
    let i = at - 1;
    while (i >= 0 && isSpace(this.tokens[i] ?? { kind: 'sign', text: '' })) i -= 1;
    return i;
  }

  private wordsFrom(at: number, count: number): string {
    const words: string[] = [];
    for (let i = at; words.length < count && i < this.tokens.length; i = this.next(i + 1)) words.push(this.word(i));
    return words.join(' ');
  }

  /** Index of a word outside of brackets. */
  private find(word: string): number {
    return this.topLevel().find((i) => this.word(i) === word) ?? -1;
  }

  /** Indices of the pieces outside of brackets, the brackets themselves included. */
  private topLevel(): number[] {
    let depth = 0;
    return this.tokens.flatMap(({ text }, i) => {
      if (CLOSES.has(text)) depth -= 1;
      const at = depth === 0 ? [i] : [];
      if (OPENS.has(text)) depth += 1;
      return at;
    });
  }

  private closing(open: number): number {
    let depth = 0;
    for (let i = open; i < this.tokens.length; i += 1) {
      const text = this.tokens[i]?.text ?? '';
      if (OPENS.has(text)) depth += 1;
      if (CLOSES.has(text)) depth -= 1;
      if (depth === 0) return i;
    }
    return this.tokens.length - 1;
  }
}

/** The parts of a list, by the commas outside of brackets and quotes. */
export function partsOf(list: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const { text } of tokensOf(list)) {
    if (OPENS.has(text)) depth += 1;
    if (CLOSES.has(text)) depth -= 1;
    if (text === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += text;
  }
  return parts;
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
