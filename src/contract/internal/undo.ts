import { z } from 'zod';
import { databaseName } from '../fields/database-fields';
import type { OwnerEnd, Undo, UndoOf } from './undo-note';
import * as f from './fields';
import { scratchName } from './common-schemas';

const restoration = z.object({ id: f.clusterId.optional(), listedBefore: f.ids });
const imported = {
  importedSnapshotId: f.clusterId.optional(),
  listedBefore: f.ids,
  restoration: restoration.optional(),
};
export const trigger = z.object({
  name: f.text(),
  table: z.object({ schema: f.text(), name: f.text() }).optional(),
  state: z.enum(['A', 'R']),
});

/** One schema for each kind; a kind without one does not compile. */
const undoKinds: { [K in Undo['kind']]: z.ZodType<UndoOf<K>> } = {
  snapshot: kind('snapshot', {
    database: databaseName,
    snapshotId: f.clusterId.optional(),
    listedBefore: f.ids,
    anotherMayCome: z.literal(true).optional(),
  }),
  scratch: kind('scratch', { scratchName, of: f.text(2000).optional(), ...imported }),
  keyspace: kind('keyspace', {
    database: databaseName,
    tables: f.tableNames,
    existed: z.boolean(),
    namespaceId: f.clusterId.optional(),
    ...imported,
  }),
  newKeyspace: kind('newKeyspace', {
    database: databaseName,
    tables: f.tableNames,
    namespaceId: f.clusterId.optional(),
  }),
  importedSnapshot: kind('importedSnapshot', { snapshotId: f.clusterId, restoration: restoration.optional() }),
  loadBalancer: kind('loadBalancer', {}),
  restoration: kind('restoration', {
    database: databaseName,
    snapshotIds: f.ids,
    scheduleId: f.clusterId.optional(),
    id: f.clusterId.optional(),
    listedBefore: f.ids,
  }),
  schedule: kind('schedule', { database: databaseName, scheduleId: f.clusterId.optional(), listedBefore: f.ids }),
  clone: kind('clone', { scratchName, of: f.text(2000).optional(), namespaceId: f.clusterId }),
  keyspaceClone: kind('keyspaceClone', {
    database: databaseName,
    namespaceId: f.clusterId,
    cloneId: f.clusterId.optional(),
    listedBefore: f.ids,
  }),
  intent: kind('intent', { backupId: f.artefactId }),
  dump: kind('dump', { dumpId: f.artefactId }),
  scratchDatabase: kind('scratchDatabase', { scratchName, of: f.text(2000).optional() }),
  stoppedTriggers: kind('stoppedTriggers', {
    database: databaseName,
    namespaceId: f.clusterId.optional(),
    triggers: z.array(trigger),
  }),
};

function kind<K extends Undo['kind'], S extends z.ZodRawShape>(name: K, shape: S): z.ZodType<UndoOf<K>> {
  return z.object({ kind: z.literal(name), ...shape }) as unknown as z.ZodType<UndoOf<K>>;
}

const kinds = Object.values(undoKinds) as unknown as [z.ZodObject<{ kind: z.ZodLiteral }>];

/** What a guardian may be told to undo. */
export const undo = z.discriminatedUnion('kind', kinds, {
  error: `an undo of a known kind: ${Object.keys(undoKinds).join(', ')}`,
}) as unknown as z.ZodType<Undo>;

export const ownerEnd = z.enum([
  'complete',
  'failed',
  'cancelled',
  'terminated',
  'timed-out',
]) satisfies z.ZodType<OwnerEnd>;
