import { z } from 'zod';
import { fields as f, shapes as s } from '../../contract/internal';

const uuid = f.clusterId;
const snapshotId = f.clusterId;
const runKey = f.text(1100);
const copy = {
  uuid,
  snapshotId,
  batch: s.batch,
  runKey,
  limits: s.runLimits,
  before: s.earlierProgress.optional(),
};

/** The input of each activity that runs beside a tserver. */
export const nodeInputs = {
  copyTablets: z.object({ ...copy, backup: s.backupIdentity }),
  describeNode: s.nodeRef,
  listReplicas: z.object({ uuid, backup: s.backupIdentity, snapshotId, tablets: s.listRef, round: f.count }),
  placeTablets: z.object({ ...copy, attemptToken: f.clusterId }),
  repairFiles: z.object({
    ...{ uuid, chain: s.chain, plannedAt: f.instantText, n: f.count, work: s.listRef, runKey, limits: s.runLimits },
  }),
  setRunLimits: z.object({ uuid, runKey, limits: s.runLimits }),
  verifyPlaced: z.object({ uuid, snapshotId, batches: z.array(s.batch) }),
} as const;
