/**
 * What workflows and activities say to each other. Lists that are too long for a history live in the bucket and
 * travel as references.
 */
import type { Chain, Limits } from '../contract';
import type { WorkListRef } from '../repository';
import type { ObjectLock } from '../transfer';

/** A list in the bucket. */
export type ListRef = WorkListRef;
export type { ArtefactRef, SegmentRef } from '../repository';

/** A tserver: workflows address it by uuid and look the address up at each use. */
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

/** What a node's worker says of itself. */
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
  /** Why there is no worker, for messages. */
  workerProblem?: string;
}

/** Who a backup is, the same for every step and every attempt. */
export interface BackupIdentity {
  backupId: string;
  database: string;
  chain: Chain;
  /** Start of the first run, RFC 3339. */
  startedAt: string;
}

/** A batch of tablet replicas of one node, which one activity copies. */
export interface Batch {
  /** Number of the batch, unique in its plan. */
  n: number;
  work: ListRef;
  tablets: number;
  /** Of a backup: the file lists of earlier ones that speak of these tablets. */
  known?: ListRef;
  /** Of a backup: how what is copied is locked, and what is referred to at least. */
  lock?: ObjectLock;
}

/** Everything that one node has to do. */
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

/** Replicas of one batch that could not be copied: however many there are, a history holds no more than this. */
export interface MissedReplicas {
  /** Their tablets, each with its own reason where there is one. */
  work: ListRef;
  tablets: number;
  /** Why; of several reasons the first. */
  reason: string;
}

/** Those of one node, which other replicas have to stand in for. */
export interface TriedReplicas extends MissedReplicas {
  uuid: string;
  /** Of planning, in which they were chosen. */
  round: number;
}

/** Why a backup uploads what an earlier one should hold. */
export interface ReuseProblems {
  /** Files whose objects are there no more, or are other ones. */
  gone: number;
  /** Backups that these objects belonged to, some of them. */
  goneFrom: string[];
  /** Why file lists of earlier backups could not be used, some of the reasons. */
  unreadable: string[];
  /** The file system tells no birth times, so that a file is never known by its inode. */
  withoutBirthTimes: boolean;
}

/** What the earlier batches of a plan have done on its node. */
export interface DoneBefore {
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
