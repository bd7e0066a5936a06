/** States of a phase. */
export type PhaseState = 'waiting' | 'running' | 'complete' | 'skipped' | 'failed';

export interface PhaseProgress {
  name: string;
  state: PhaseState;
  /** RFC 3339 UTC. */
  startedAt?: string;
  endedAt?: string;
}

export interface NodeProgress {
  /** host:port of the tserver. */
  node: string;
  filesDone: number;
  filesTotal: number;
  bytesDone: number;
  bytesTotal: number;
  bytesPerSecond: number;
}

/** Answer of the query `progress`, which every workflow has. */
export interface Progress {
  operation: string;
  phase: string;
  phases: PhaseProgress[];
  nodes: NodeProgress[];
  etaSeconds?: number;
  message: string;
}

export const BACKUP_PHASES = ['preflight', 'snapshot', 'schema', 'files', 'manifest', 'cleanup'] as const;
export const RESTORE_PHASES = ['preflight', 'schema', 'import', 'files', 'restore', 'verify', 'cleanup'] as const;
export const REHEARSAL_PHASES = [
  'preflight',
  'schema',
  'import',
  'files',
  'restore',
  'verify',
  'record',
  'cleanup',
] as const;
export const CREATE_SNAPSHOT_PHASES = ['preflight', 'snapshot', 'cleanup'] as const;
export const RESTORE_SNAPSHOT_PHASES = ['preflight', 'restore', 'verify', 'cleanup'] as const;
export const DELETE_SNAPSHOT_PHASES = ['preflight', 'delete', 'cleanup'] as const;
export const SCHEDULE_PHASES = ['preflight', 'schedule', 'cleanup'] as const;
export const REWIND_PHASES = ['preflight', 'restore', 'verify', 'cleanup'] as const;
export const CLONE_PHASES = ['preflight', 'clone', 'verify', 'cleanup'] as const;
export const DUMP_PHASES = ['preflight', 'dump', 'manifest', 'cleanup'] as const;
export const RETENTION_PHASES = ['plan', 'delete', 'sweep'] as const;
export const DELETE_BACKUP_PHASES = ['record'] as const;
export const VERIFY_PHASES = ['plan', 'read', 'record'] as const;
export const REPAIR_PHASES = ['plan', 'read', 'repair', 'record'] as const;
export const LOAD_PHASES = ['preflight', 'load', 'verify', 'cleanup'] as const;

/** Name of the query. */
export const PROGRESS_QUERY = 'progress';
