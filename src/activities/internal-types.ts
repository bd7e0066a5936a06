/**
 * What workflows and activities say to each other. Lists too long for a history are stored in the bucket and passed as
 * references.
 */
import type { Chain, Limits } from '../contract';
import type { WorkListRef } from '../repository';
import type { ObjectLock } from '../transfer';

/** A list in the bucket. */
export type ListRef = WorkListRef;
export type { ArtefactRef, SegmentRef } from '../repository';

/** A tserver: workflows address it by uuid and look up its address each time. */
export interface NodeRef {
  uuid: string;
  /** RPC host:port as the masters list it. */
  address: string;
}

/** The guardians that must be running for this chain before anything is changed. */
export interface Guarded {
  chain: Chain;
  guardianIds: string[];
}

/** What a node's worker reports about itself. */
export interface NodeDescription extends NodeRef {
  dataDirs: string[];
  /** Free bytes of the fullest data directory. */
  freeBytes: number;
  kalpaVersion: string;
}

/** A node as preflight saw it. */
export interface NodeState extends NodeRef {
  alive: boolean;
  /** Set when the node's worker answered in time. */
  worker?: NodeDescription;
  /** Why no worker answers, for messages. */
  workerProblem?: string;
}

/** The identity of a backup, the same for every step and every attempt. */
export interface BackupIdentity {
  backupId: string;
  database: string;
  chain: Chain;
  /** Start of the first run, RFC 3339. */
  startedAt: string;
}

/** A batch of tablet replicas of one node, copied by one activity. */
export interface Batch {
  /** Number of the batch, unique in its plan. */
  n: number;
  work: ListRef;
  tablets: number;
  /** For a backup: the file lists of earlier ones that mention these tablets. */
  known?: ListRef;
  /** For a backup: how copied objects are locked, and referenced ones at least. */
  lock?: ObjectLock;
}

/** All the work of one node. */
export interface NodePlan {
  node: NodeRef;
  batches: Batch[];
  files: number;
  bytes: number;
}

/** Limits of a run with a number that grows at each change, so that the newest wins wherever it arrives first. */
export interface RunLimits extends Limits {
  version: number;
}

/** A tablet replica that could not be copied. */
export interface MissedTablet {
  tablet: string;
  reason: string;
}

/** Replicas of one batch that could not be copied: however many there are, a history gets no more than this. */
export interface MissedReplicas {
  /** Their tablets, each with its own reason if it has one. */
  work: ListRef;
  tablets: number;
  /** Why; if there are several reasons, the first. */
  reason: string;
}

/** The missed replicas of one node, which other replicas have to replace. */
export interface TriedReplicas extends MissedReplicas {
  uuid: string;
  /** Of the planning round in which they were chosen. */
  round: number;
}

/** Why a backup uploads what an earlier one should already have. */
export interface ReuseProblems {
  /** Files whose objects are missing or different. */
  gone: number;
  /** Backups that owned these objects, some of them. */
  goneFrom: string[];
  /** Why file lists of earlier backups could not be used, some of the reasons. */
  unreadable: string[];
  /** The file system reports no birth times, so a file is never recognised by its inode. */
  withoutBirthTimes: boolean;
}

/** What the earlier batches of a plan have done on its node. */
export interface EarlierProgress {
  files: number;
  bytes: number;
}

/** Counters of one batch or one node. */
export interface CopyCounters {
  filesDone: number;
  filesTotal: number;
  bytesDone: number;
  bytesTotal: number;
}
