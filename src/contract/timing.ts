import { z } from 'zod';
import { checkedDurationMs, duration } from './fields/duration';

const time = (text: string, description: string) => duration.default(text).describe(description);

/**
 * Every time-out, poll interval and retry pause, in one place: `timing:` of `kalpa.yaml`. Defaults suit
 * production; tests shorten them.
 */
export const timingSchema = z.strictObject({
  pollInterval: time('5s', 'Poll interval for a snapshot or restoration (the master itself checks every 5 s).'),
  ownerPollInterval: time('5s', "Poll interval of a guardian for its owner's run."),
  lockPollInterval: time('2s', 'Poll interval for a lock that a run waits for.'),
  heartbeatTimeout: time('20s', 'Without a heartbeat for this long, an activity is considered dead.'),
  commandTimeout: time('5m', 'One attempt of a short control activity; how long a dump waits for locks.'),
  commandDeadline: time('15m', 'All attempts of a short control activity.'),
  preflightDeadline: time('30s', 'How long preflight waits for unavailable components, all of them together.'),
  rpcTimeout: time('60s', 'One RPC of yb-admin (--timeout_ms).'),
  rewindTimeout: time('10m', 'One run of restore_snapshot_schedule; old clients take a snapshot in it.'),
  nodeAnswerTimeout: time('30s', 'A node worker must take a quick activity within this time.'),
  copyQueueTimeout: time(
    '10m',
    'A copy that no worker takes within this time keeps waiting only while the node’s worker answers.',
  ),
  copyTimeout: time(
    '12h',
    'One attempt of a step whose length grows with the database; one that moves files has, beyond it, four seconds a MB.',
  ),
  phaseDeadline: time('1h', 'How long a run waits for an unavailable component (node, store, tool).'),
  snapshotDeadline: time('1h', 'A snapshot must be COMPLETE within this time.'),
  restoreDeadline: time('24h', 'A restoration must be RESTORED within this time.'),
  leftoverDeadline: time('7 days', 'How long a guardian watches a restoration of unknown outcome.'),
  fingerprintDeadline: time('5m', 'Time for counting rows, small tables first; the rest is notCounted.'),
  retryPause: time('5s', 'First pause before a retry; doubles up to retryPauseMax.'),
  retryPauseMax: time('2m', 'Longest pause before a retry.'),
  progressInterval: time(
    '5s',
    'First pause before a run reads the progress of its copies; each next one is 5 % longer.',
  ),
  snapshotLifeMargin: time('1h', 'A snapshot that expires must have more than this left.'),
  maxRunTime: time(
    '3 days',
    'A backup that has run for longer is not committed; the same on every control worker and janitor.',
  ),
  deletionGrace: time(
    '7 days',
    'From a deletion to the removal of its objects; longer than maxRunTime. Until then it can be taken back.',
  ),
  leaseTime: time('3 days', 'How long what a run reads is protected from removal; renewed after each third of it.'),
  workflowTaskTimeout: time('10s', 'Time-out of one workflow task of runs that Kalpa itself starts.'),
  stickyQueueTimeout: time('10s', 'After this long without its worker, a run is rebuilt on another one.'),
  shutdownGrace: time('20s', 'How long a stopping worker waits for its running activities.'),
});

/** As written in `kalpa.yaml`: durations as text. */
export type TimingConfig = z.output<typeof timingSchema>;

/** Milliseconds, as workflows and activities use them. */
export type Timing = Record<keyof TimingConfig, number>;

/** Milliseconds of every duration. */
export function timingInMs(config: TimingConfig): Timing {
  return Object.fromEntries(Object.entries(config).map(([name, text]) => [name, checkedDurationMs(text)])) as Timing;
}

/** The defaults of `kalpa.yaml`. Computed here, where the schema is not frozen yet. */
export const defaultTiming: Timing = timingInMs(timingSchema.parse({}));
