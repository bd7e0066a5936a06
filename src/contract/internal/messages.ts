import { z } from 'zod';
import { databaseName } from '../fields/database-fields';
import * as f from './fields';
import {
  backupIdentity,
  chain,
  missedReplicas,
  nodePlan,
  restorableBackup,
  reuseProblems,
  runLimits,
  segmentRef,
  settings,
} from './common-schemas';
import { ownerEnd, undo } from './undo';

const eventsAtMost = f.count.min(1, { error: 'at least one event' }).optional();

/** Input of each workflow that other runs start and nobody types. */
export const internalInputs = {
  guardian: z.object({
    subject: f.text(),
    guardianId: f.workflowId,
    owner: chain,
    operation: f.text(100),
    settings,
  }),
  copyFromNode: z.object({
    settings,
    plan: nodePlan,
    backup: backupIdentity,
    snapshotId: f.clusterId,
    limits: runLimits,
    segments: z.array(segmentRef),
    missed: z.array(missedReplicas),
    reuse: reuseProblems.optional(),
    eventsAtMost,
  }),
  placeOnNode: z.object({
    settings,
    plan: nodePlan,
    backup: restorableBackup,
    chain,
    snapshotId: f.clusterId,
    limits: runLimits,
    from: f.count,
    eventsAtMost,
  }),
  expireSnapshot: z.object({
    snapshotId: f.clusterId,
    database: databaseName,
    at: f.instantText.refine((at) => Number.isFinite(Date.parse(at)) && Date.parse(at) < 7_258_118_400_000, {
      error: 'an instant in RFC 3339, before the year 2200',
    }),
  }),
} as const;

export type InternalWorkflow = keyof typeof internalInputs;

/** The content of each signal. An invalid signal is ignored, with a line in the log. */
export const signalInputs = {
  note: z.object({ key: f.text(200), undo: undo.nullable() }),
  close: z.object({ end: ownerEnd }),
  limits: runLimits,
  stepBegan: z.object({ activityId: f.text(100) }),
} as const;

/** Sent by an activity to its run when an attempt begins. */
export const STEP_BEGAN = 'stepBegan';

export type SignalName = keyof typeof signalInputs;
