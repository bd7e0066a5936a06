import type { RecoverToPointInTimeInput, RecoverToPointInTimeResult, Settings } from '../../contract';
import type { RunProgress } from '../run/progress';

/** What both ways of recovering are given. */
export interface RecoveryRun {
  request: RecoverToPointInTimeInput;
  /** 16 digits. */
  toMicros: string;
  settings: Settings;
  progress: RunProgress;
}

export type Recovered = Omit<RecoverToPointInTimeResult, 'durationSeconds'>;
