import type { ScheduleRecord, ScheduleRecords } from '../../client';
import type { ResolvedConfig, SigningSettings } from '../../config';
import type { ClusterStore, ScheduleRecord as StoredSchedule } from '../../repository';
import { CommandError } from './command-error';
import { modules } from './modules';

/** A person is waiting: an unreachable store is given up sooner than in a backup. */
const STORE_TIMEOUT_MS = 10_000;

/** The repository's `schedules/`. */
export interface OpenScheduleRecords extends ScheduleRecords {
  close(): void;
}

/**
 * Opens them in the configured bucket. Nothing is sent before the first request; the private key, if records are
 * signed, is read when one is written. `remark` is called once with the records that don't count.
 */
export function openScheduleRecords(
  resolved: ResolvedConfig,
  env: NodeJS.ProcessEnv,
  remark: (text: string) => void,
): OpenScheduleRecords {
  const { newestSchedules, openRepository, signerTrustOf, trustOf, writeSchedule } = modules.repository();
  const { KALPA_VERSION, readerKeys, signerKeys, storeSettings } = modules.config();
  const store = modules.transfer().openStore(storeSettings(resolved, 'control'));
  const { cluster } = resolved.config;
  const repository = (keys: SigningSettings): ClusterStore =>
    openRepository({ store, cluster, trust: trustOf(keys), retry: { retryForMs: STORE_TIMEOUT_MS } });
  let reported = false;
  return {
    newest: async () => {
      const { schedules, leftOut } = await newestSchedules(repository(readerKeys(resolved.config)));
      if (leftOut && !reported)
        remark(`Records of schedules that don't count: ${leftOut.count}. The first: ${leftOut.first}`);
      reported = true;
      return schedules.map((record) => understood(record, store.location));
    },
    confirmWritable: () => {
      signerTrustOf(signerKeys(resolved.config, env));
    },
    write: async (scheduleId, schedule) => {
      await writeSchedule(repository(signerKeys(resolved.config, env)), {
        scheduleId,
        schedule,
        kalpaVersion: KALPA_VERSION,
      });
    },
    close: () => {
      store.close();
    },
  };
}

/** Parses a record. One that this version does not know is an error: leaving it out would lose it unnoticed. */
function understood({ scheduleId, at, schedule, kalpaVersion }: StoredSchedule, where: string): ScheduleRecord {
  if (schedule === 'removed') return { scheduleId, at, schedule };
  const { scheduleDefinition } = modules.contract();
  const parsed = scheduleDefinition.safeParse(schedule);
  if (parsed.success) return { scheduleId, at, schedule: parsed.data };
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new CommandError(
    'ManifestInvalid',
    `The schedule ${scheduleId}, recorded at ${at} by Kalpa ${kalpaVersion} in ${where}, can't be read by this version (${problems}). Use that version of Kalpa or a newer one.`,
  );
}
