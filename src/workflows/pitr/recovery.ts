import type { RecoverToPointInTimeInput, RecoverToPointInTimeResult } from '../../contract';
import type { Settings } from '../../contract/internal';
import type { RunProgress } from '../run/progress';

/** The input of both kinds of recovery. */
export interface RecoveryRun {
  request: RecoverToPointInTimeInput;
  /** 16 digits. */
  toMicros: string;
  settings: Settings;
  progress: RunProgress;
}

export type Recovered = Omit<RecoverToPointInTimeResult, 'durationSeconds'>;
