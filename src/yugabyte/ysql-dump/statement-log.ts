import { excerpt } from '../../redaction';
import { scanSql } from './scan-sql';

interface Entry {
  /** First line, from 1. */
  line: number;
  /** Beginning of the statement, as it stands in the script. */
  words: string;
}

/** Of a statement, in a message. */
const LONGEST_QUOTE = 160;
/** More than fit between us and ysqlsh: pipes and buffers hold less than 1 MiB. */
const ENTRIES = 100_000;

/** Which statement stands in which line of a script that is being sent, so that an error can name it. Rows are never kept. */
export class StatementLog {
  private entries: Entry[] = [];
  private line = 1;

  /** SQL that is sent. */
  text(sql: string): Buffer {
    // Rows that follow a COPY at its end are not part of this text.
    for (const { line, start, end } of scanSql(endsInCopy(sql) ? `${sql}\\.\n` : sql)) {
      const words = sql.slice(start, Math.min(end, start + 2 * LONGEST_QUOTE)).replace(/\s+/g, ' ');
      if (words !== '') this.entries.push({ line: this.line + line - 1, words });
    }
    if (this.entries.length > 2 * ENTRIES) this.entries = this.entries.slice(-ENTRIES);
    this.line += sql.split('\n').length - 1;
    return Buffer.from(sql);
  }

  /** Rows that are sent, with the line that ends them. */
  rows(bytes: Buffer, rows: number, end: boolean): Buffer {
    this.line += rows + (end ? 1 : 0);
    return bytes;
  }

  /** Beginning of the statement that this line belongs to, without secrets and rows. */
  at(line: number): string {
    return excerpt(this.entries.findLast((entry) => entry.line <= line)?.words ?? '', LONGEST_QUOTE);
  }
}

const endsInCopy = (sql: string): boolean => / FROM stdin;\n$/.test(sql);
