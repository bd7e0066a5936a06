import { z } from 'zod';
import { CLOSED_ENDS } from '../layout/layout';
import { count, keyOfDump, sha256 } from '../records/recorded-fields';
import { FORMAT, objectLock } from '../records/record-schemas';

const format = z.literal(FORMAT);
const instant = z.iso.datetime({ offset: true });

/** One object of a dump's text: gzip; several form one text, in this order. */
export const dumpFile = z.looseObject({
  key: keyOfDump,
  /** Bytes of the object. */
  size: count,
  sha256,
  etag: z.string(),
  versionId: z.string().optional(),
});
export type DumpFile = z.output<typeof dumpFile>;

/** `all`: schema and rows; `roles`: cluster-wide objects. */
export const DUMP_CONTENTS = ['all', 'schema', 'data', 'roles'] as const;
export type DumpContent = (typeof DUMP_CONTENTS)[number];

const digestOfRows = z.string().regex(/^[0-9a-f]{64}$/, 'not a digest of 256 bits in hex');
const tableName = z.object({ schema: z.string(), name: z.string() });

/** One database of a dump, or the cluster-wide objects (`globals`). */
export const dumpPart = z.looseObject({
  format,
  /** `ysql.orders`, `ycql.shop`, or `globals`. */
  part: z.string(),
  /** Set: the rows of this one table of a keyspace, as CSV. The keyspace's own part has its definitions. */
  csv: z
    .looseObject({
      table: z.string(),
      /** In the order of the fields. */
      columns: z.array(z.string()),
      delimiter: z.string(),
      nullText: z.string(),
      /** Sum of the SHA-256 of the lines modulo 2^256, in hex: it does not depend on their order. */
      digest: digestOfRows,
      /** Options for the load. */
      load: z.record(z.string(), z.number()),
    })
    .optional(),
  content: z.enum(DUMP_CONTENTS),
  /** For a keyspace: SHA-256 of the output of `DESC KEYSPACE`. */
  described: z.string().optional(),
  files: z.array(dumpFile),
  /** Bytes of the text before compression. */
  textBytes: count,
  /** What the textual form of rows depends on, if there are digests of them. */
  rowText: z.looseObject({ encoding: z.string(), serverVersion: z.string() }).optional(),
  /** Tables that it creates, or whose rows it holds. */
  tables: z.array(
    z.looseObject({
      schema: z.string(),
      name: z.string(),
      /** Counted in the text; absent without rows (a schema, a view's table). */
      rows: count.optional(),
      /** Columns of its rows, in the order of the text. */
      columns: z.array(z.string()).optional(),
      /** Sum of the SHA-256 of the lines of its rows modulo 2^256, in hex: it does not depend on their order. */
      digest: digestOfRows.optional(),
      /** Tables that it is a partition or child of (inheritance), nearest first. */
      partOf: z.array(tableName).optional(),
      /** Targets of its foreign keys. */
      refersTo: z.array(tableName).optional(),
    }),
  ),
  /** What must exist in the cluster before it is loaded. */
  needs: z.looseObject({
    roles: z.array(z.string()),
    /** Those that appear as constants in definitions, which no option leaves out. */
    roleConstants: z.array(z.string()).optional(),
    tablespaces: z.array(z.string()),
    extensions: z.array(z.string()),
  }),
});
export type DumpPart = z.output<typeof dumpPart>;

/** The commit of a logical dump. */
export const dumpManifest = z.looseObject({
  format,
  dumpId: z.string(),
  cluster: z.string(),
  universeId: z.string(),
  /** `ysql.orders`, or `ysql` for a whole cluster. */
  subject: z.string(),
  startedAt: instant,
  yugabyteVersion: z.string(),
  dialect: z.string(),
  kalpaVersion: z.string(),
  parts: z.array(dumpPart),
  totals: z.looseObject({ databases: count, tables: count, files: count, bytes: count, rows: count }),
});
export type DumpManifest = z.output<typeof dumpManifest>;

/** Protection record of a dump. */
export const dumpIntent = z.looseObject({
  format,
  dumpId: z.string(),
  cluster: z.string(),
  subject: z.string(),
  workflowId: z.string(),
  firstRunId: z.string(),
  startedAt: instant,
  /** Who started the run. */
  startedBy: z.string().optional(),
  lock: objectLock.optional(),
  kalpaVersion: z.string(),
});
export type DumpIntent = z.output<typeof dumpIntent>;

/** How an intent ended that did not become a dump. */
export const dumpClosed = z.looseObject({
  format,
  /** The cluster it belongs to; absent in records from before there were signatures. */
  cluster: z.string().optional(),
  dumpId: z.string(),
  end: z.enum(CLOSED_ENDS),
  closedAt: instant,
});
export type DumpClosed = z.output<typeof dumpClosed>;
