import type {
  BackupDetails,
  BackupEntry,
  ClusterStore,
  DumpDetails,
  DumpEntry,
  FoundOperations,
  OperationQuery,
  StoredManifest,
} from '../../repository';
import type { PlanInput, UsageInput } from '../../retention';
import type { S3Config } from '../../transfer';
import { modules } from './modules';
import type { Session } from './session';

/** A person is waiting: an unreachable store is given up sooner than in a backup. */
const STORE_TIMEOUT_MS = 10_000;

/** The recorded `policies:`, and when they were recorded. */
export interface RecordedPolicies {
  at: string;
  policies: Record<string, unknown>;
}

/** The backups of one cluster, read from the bucket alone. */
export interface Catalogue {
  /** The cluster and the bucket, for messages. */
  where: string;
  /** Oldest first. */
  list(database?: string): Promise<BackupEntry[]>;
  /** The entries with the contents of their own records, read as they are consumed. */
  details(entries: readonly BackupEntry[]): AsyncIterable<BackupDetails>;
  /** `NotFound` if it was never committed or is deleted. */
  read(backupId: string): Promise<StoredManifest>;
  /** The newest committed backup of a database; `NotFound` if there is none. */
  newest(database: string): Promise<StoredManifest>;
  /** Logical dumps, oldest first; of one database, or of `ysql`. */
  dumps(subject?: string): Promise<DumpEntry[]>;
  dumpDetails(entries: readonly DumpEntry[]): AsyncIterable<DumpDetails>;
  /** Past operations, from the audit records. */
  operations(query: OperationQuery): Promise<FoundOperations>;
  /**
   * What each backup and dump holds, from records only, including deleted ones that are not swept yet. `unread`: those
   * whose manifest is damaged.
   */
  holdings(database?: string): Promise<{ holdings: UsageInput[]; unread: string[] }>;
  /** What determines which of them are kept, as the bucket has it now. */
  forPlan(database?: string): Promise<PlanInput>;
  /** The retention policies that were recorded last. */
  policies(): Promise<RecordedPolicies | undefined>;
  close(): void;
}

/** Opens the configured bucket, does the work, and closes it however the work ends. */
export async function withCatalogue<T>(
  session: Session,
  otherCluster: string | undefined,
  work: (catalogue: Catalogue) => Promise<T>,
): Promise<T> {
  const resolved = session.config();
  const catalogue = session.context.parts.openCatalogue(resolved, otherCluster ?? resolved.config.cluster);
  try {
    return await work(catalogue);
  } finally {
    catalogue.close();
  }
}

/** The real one. Nothing is sent before the first request. */
export function openCatalogue(settings: S3Config, cluster: string, publicKeys: string[] = []): Catalogue {
  const { openRepository, trustOf } = modules.repository();
  const store = modules.transfer().openStore(settings);
  const retry = { retryForMs: STORE_TIMEOUT_MS };
  const repository = openRepository({ store, cluster, trust: trustOf({ publicKeys }), retry });
  return catalogueOf(repository, () => {
    store.close();
  });
}

/** The contents of a repository, as commands ask for them. */
export function catalogueOf(repository: ClusterStore, close: () => void): Catalogue {
  const {
    detailBackups,
    detailDumps,
    listBackups,
    listDumps,
    listOperations,
    newestBackup,
    newestPolicies,
    readBackup,
  } = modules.repository();
  return {
    where: `${repository.store.location}, cluster ${repository.cluster}`,
    details: (entries) => detailBackups(repository, entries),
    dumpDetails: (entries) => detailDumps(repository, entries),
    operations: async (query) => await listOperations(repository, query),
    list: async (database) => await listBackups(repository, { database }),
    read: async (backupId) => await readBackup(repository, backupId),
    newest: async (database) => await newestBackup(repository, { database }),
    dumps: async (subject) => await listDumps(repository, { subject }),
    holdings: async (database) => await modules.holdings().readHoldings(repository, { database }),
    policies: async () => await newestPolicies(repository),
    forPlan: async (database) => await modules.holdings().readForPlan(repository, { database }),
    close,
  };
}

/** A repository that is read without a configuration. */
export interface OpenRepository {
  /** For messages. */
  location: string;
  /** `NotFound` if there is none. */
  clusters(): Promise<string[]>;
  /** The catalogue of one of them; close it. */
  catalogue(cluster: string): Catalogue;
  close(): void;
}

/** Opens it for reading. Nothing is sent before the first request. */
export function openToBrowse(settings: S3Config, publicKeys: string[]): OpenRepository {
  const store = modules.transfer().openStore(settings);
  const { listClusters, openRepository } = modules.repository();
  const patient = openRepository({ store, cluster: '', retry: { retryForMs: STORE_TIMEOUT_MS } });
  return {
    location: store.location,
    clusters: async () => await listClusters(patient.store),
    catalogue: (cluster) => openCatalogue(settings, cluster, publicKeys),
    close: () => {
      store.close();
    },
  };
}

/** Asked before each start, so with a short time-out. */
const RECORD_TIMEOUT_MS = 3_000;

/** The universe recorded for a cluster's name; undefined if there is none yet. */
export async function recordedUniverse(
  settings: S3Config,
  cluster: string,
  publicKeys: string[],
): Promise<string | undefined> {
  const { openRepository, registeredUniverse, trustOf } = modules.repository();
  const store = modules.transfer().openStore(settings);
  try {
    const retry = { retryForMs: RECORD_TIMEOUT_MS };
    return await registeredUniverse(openRepository({ store, cluster, trust: trustOf({ publicKeys }), retry }));
  } finally {
    store.close();
  }
}
