/**
 * Messages of PostgreSQL's logical decoding plugin `pgoutput`, protocol version 1 (PostgreSQL manual, "Logical
 * Replication Message Formats").
 */
export interface Relation {
  oid: number;
  schema: string;
  name: string;
  columns: string[];
}

/** A column's value as text; null is NULL; undefined is an unchanged TOAST value that was not sent. */
export type Tuple = (string | null | undefined)[];

export type Change =
  | { kind: 'begin'; /** WAL position of the commit record. */ lsn: bigint; micros: bigint }
  | { kind: 'commit'; /** WAL position after the transaction. */ endLsn: bigint }
  | { kind: 'relation'; relation: Relation }
  | { kind: 'insert'; oid: number; row: Tuple }
  | { kind: 'update'; oid: number; old: Tuple | undefined; row: Tuple }
  | { kind: 'delete'; oid: number; old: Tuple }
  | { kind: 'truncate'; oids: number[] }
  | { kind: 'message'; prefix: string; content: string }
  | { kind: 'other' };

/** PostgreSQL counts from 2000-01-01. */
const EPOCH_MICROS = 946_684_800_000_000n;

class Reader {
  private at = 0;
  constructor(private readonly bytes: Buffer) {}
  byte(): string {
    return String.fromCharCode(this.bytes[this.at++] ?? 0);
  }
  skip(n: number): void {
    this.at += n;
  }
  int16(): number {
    this.at += 2;
    return this.bytes.readInt16BE(this.at - 2);
  }
  int32(): number {
    this.at += 4;
    return this.bytes.readInt32BE(this.at - 4);
  }
  uint32(): number {
    this.at += 4;
    return this.bytes.readUInt32BE(this.at - 4);
  }
  int64(): bigint {
    this.at += 8;
    return this.bytes.readBigInt64BE(this.at - 8);
  }
  text(): string {
    const end = this.bytes.indexOf(0, this.at);
    const text = this.bytes.toString('utf8', this.at, end);
    this.at = end + 1;
    return text;
  }
  sized(n: number): string {
    this.at += n;
    return this.bytes.toString('utf8', this.at - n, this.at);
  }
  tuple(): Tuple {
    const tuple: Tuple = [];
    for (let left = this.int16(); left > 0; left -= 1) {
      const kind = this.byte();
      tuple.push(kind === 'n' ? null : kind === 'u' ? undefined : this.sized(this.int32()));
    }
    return tuple;
  }
}

/** Reads one message. */
export function readMessage(bytes: Buffer): Change {
  const reader = new Reader(bytes);
  switch (reader.byte()) {
    case 'B': {
      const lsn = reader.int64();
      return { kind: 'begin', lsn, micros: reader.int64() + EPOCH_MICROS };
    }
    case 'C':
      reader.skip(9); // flags, position of the commit record
      return { kind: 'commit', endLsn: reader.int64() };
    case 'R': {
      const oid = reader.uint32();
      const [schema, name] = [reader.text(), reader.text()];
      reader.skip(1); // replica identity
      const columns = Array.from({ length: reader.int16() }, () => {
        reader.skip(1);
        const column = reader.text();
        reader.skip(8); // type, modifier
        return column;
      });
      return { kind: 'relation', relation: { oid, schema, name, columns } };
    }
    case 'I': {
      const oid = reader.uint32();
      reader.skip(1);
      return { kind: 'insert', oid, row: reader.tuple() };
    }
    case 'U': {
      const oid = reader.uint32();
      const first = reader.byte();
      if (first === 'N') return { kind: 'update', oid, old: undefined, row: reader.tuple() };
      const old = reader.tuple();
      reader.skip(1);
      const row = reader.tuple().map((value, i) => (value === undefined ? old[i] : value));
      return { kind: 'update', oid, old, row };
    }
    case 'D': {
      const oid = reader.uint32();
      reader.skip(1);
      return { kind: 'delete', oid, old: reader.tuple() };
    }
    case 'T': {
      const count = reader.int32();
      reader.skip(1);
      return { kind: 'truncate', oids: Array.from({ length: count }, () => reader.uint32()) };
    }
    case 'M': {
      reader.skip(9);
      const prefix = reader.text();
      return { kind: 'message', prefix, content: reader.sized(reader.int32()) };
    }
    default:
      return { kind: 'other' };
  }
}
