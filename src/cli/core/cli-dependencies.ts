import type { KalpaClient, KalpaClientOptions } from '../../client';
import type { NamedRepository, ResolvedConfig } from '../../config';
import type { CliIo } from './cli-io';
import type { ClusterView } from '../doctor/cluster-view';
import { startTemporal, type StartedTemporal } from './embedded-stack';
import { modules } from './modules';
import { openBucket, type ProbedBucket } from './open-bucket';
import { openClusterView } from './open-cluster-view';
import { fitText, widthOf } from './fit-text';
import { openCatalogue, openToBrowse, recordedUniverse, type Catalogue, type OpenRepository } from './open-catalogue';
import { openScheduleRecords, type OpenScheduleRecords } from './open-schedule-records';

/** What commands need beyond the terminal; tests supply their own. */
export interface CliDependencies {
  loadConfig(file: string | undefined): ResolvedConfig;
  connect(resolved: ResolvedConfig, more?: Pick<KalpaClientOptions, 'scheduleRecords'>): Promise<KalpaClient>;
  /** The clone's own Temporal, for this command; undefined if one is at hand or configured. Throws `CommandError`. */
  startTemporal(resolved: ResolvedConfig): Promise<StartedTemporal | undefined>;
  /** Throws if a control worker that polls this cluster's queue works for another cluster. */
  refuseForeignWorkers(resolved: ResolvedConfig, client: KalpaClient): Promise<void>;
  /** The backups of a cluster in the bucket. */
  openCatalogue(resolved: ResolvedConfig, cluster: string): Catalogue;
  /** Opens for reading a repository that is not in the configuration. Throws `ConfigurationError`. */
  openToBrowse(named: NamedRepository, publicKeys: string[]): OpenRepository;
  /** The schedules recorded in the bucket, besides Temporal's. */
  openScheduleRecords(resolved: ResolvedConfig, remark: (text: string) => void): OpenScheduleRecords;
  /** For the doctor. */
  openCluster(resolved: ResolvedConfig): ClusterView;
  openBucket(resolved: ResolvedConfig): ProbedBucket;
  runWorker(role: 'control' | 'node' | 'janitor', resolved: ResolvedConfig): Promise<void>;
}

/** The real ones. */
export function realDependencies({ env, cwd, stderr }: CliIo): CliDependencies {
  return {
    loadConfig: (file) => modules.config().loadConfig({ file, env, cwd }),
    connect: async (resolved, more) => {
      const { temporalConnection } = modules.config();
      const { checkedDurationMs } = modules.contract();
      const settings = temporalConnection(resolved, env);
      return await modules.client().KalpaClient.connect({
        cluster: resolved.config.cluster,
        connection: settings.connectionOptions,
        namespace: settings.namespace,
        workflowTaskTimeoutMs: checkedDurationMs(resolved.config.timing.workflowTaskTimeout),
        ...more,
        ...(settings.ui ? { ui: settings.ui } : {}),
      });
    },
    startTemporal: async (resolved) => await startTemporal(modules.config().temporalConnection(resolved, env), env),
    refuseForeignWorkers: async (resolved, client) => {
      const { refuseForeignWorkers, temporalAddressText } = modules.doctor();
      await refuseForeignWorkers(client, {
        cluster: resolved.config.cluster,
        where: temporalAddressText(resolved, env),
        universe: async () => await openClusterView(resolved.config).universe(),
        recorded: async () => {
          const { readerKeys, storeSettings } = modules.config();
          const { publicKeys } = readerKeys(resolved.config);
          return await recordedUniverse(storeSettings(resolved), resolved.config.cluster, publicKeys);
        },
        remark: (text) => {
          stderr.write(`${fitText(text, widthOf(stderr))}\n`);
        },
      });
    },
    openCatalogue: (resolved, cluster) => {
      const { readerKeys, storeSettings } = modules.config();
      return openCatalogue(storeSettings(resolved), cluster, readerKeys(resolved.config).publicKeys);
    },
    openToBrowse: (named, publicKeys) => openToBrowse(modules.config().settingsToBrowse(named, env), publicKeys),
    openScheduleRecords: (resolved, remark) => openScheduleRecords(resolved, env, remark),
    openCluster: (resolved) => openClusterView(resolved.config),
    openBucket: (resolved) => openBucket(resolved),
    runWorker: async (role, resolved) => {
      if (role === 'control') await modules.controlWorker().runControlWorker(resolved, env);
      else if (role === 'janitor') await modules.janitorWorker().runJanitorWorker(resolved, env);
      else await modules.nodeWorker().runNodeWorker(resolved, env);
    },
  };
}
