import type { Chain } from '../../../contract';
import { didYouMean, didYouMeanDatabase } from '../../../contract/fields/nearest-name';
import {
  damageText,
  isRepositoryError,
  listDumps,
  parseDumpId,
  provedVerdict,
  readLoadableDump,
  readVerification,
  type ClusterStore,
  type DumpEntry,
  type DumpPart,
  type StoredDump,
} from '../../../repository';
import { failWith } from '../../application-failure';
import type { ControlDependencies } from '../dependencies';

export interface FindDumpInput {
  chain: Chain;
  dump: string;
  /** Which database of a dump of the whole cluster. */
  database?: string;
  fromCluster?: string;
  /** Pinned by the caller: this very manifest, signed or not. */
  manifestSha256?: string;
}

/** A committed dump as the steps of a load need it; the manifest itself stays in the bucket. */
export interface LoadableDump {
  dumpId: string;
  /** The cluster that made it. */
  cluster: string;
  /** Hash of the manifest: every later step reads exactly this one. */
  manifestSha256: string;
  /** The database in it that is loaded, `ysql.…`. */
  database: string;
  content: 'all' | 'schema' | 'data';
  chain: Chain;
}

/** Finds a committed dump by id, and the database in it. `NotFound` names the cluster that was searched. */
export async function findDump(
  dependencies: Pick<ControlDependencies, 'repository' | 'config'>,
  input: FindDumpInput,
): Promise<LoadableDump> {
  const cluster = input.fromCluster ?? dependencies.config.cluster;
  const stored = await lookUp(dependencies, input, cluster);
  const { part, content } = chosenPart(stored, input);
  return {
    dumpId: input.dump,
    cluster,
    manifestSha256: stored.sha256,
    database: part,
    content: content === 'roles' ? 'all' : content,
    chain: input.chain,
  };
}

/** The part of a dump that is loaded, with complete keys; checked against the manifest that the load began with. */
export async function partOf(
  { repository }: Pick<ControlDependencies, 'repository'>,
  { dumpId, cluster, manifestSha256, database }: LoadableDump,
): Promise<{ part: DumpPart; yugabyteVersion: string }> {
  const { manifest } = await readLoadableDump({ ...repository, cluster }, dumpId, manifestSha256);
  const part = manifest.parts.find((one) => one.part === database && one.csv === undefined);
  if (!part)
    throw failWith('ManifestInvalid', `The manifest of ${dumpId} no longer has ${database}. Use another dump.`);
  return { part, yugabyteVersion: manifest.yugabyteVersion };
}

/** A part with the rows of one table of a keyspace. */
export type TablePart = DumpPart & { csv: NonNullable<DumpPart['csv']> };

/** The tables of a keyspace whose rows the dump holds. */
export async function tablePartsOf(
  { repository }: Pick<ControlDependencies, 'repository'>,
  { dumpId, cluster, manifestSha256, database }: LoadableDump,
): Promise<TablePart[]> {
  const { manifest } = await readLoadableDump({ ...repository, cluster }, dumpId, manifestSha256);
  return manifest.parts.filter((part): part is TablePart => part.part === database && part.csv !== undefined);
}

async function lookUp(
  { repository }: Pick<ControlDependencies, 'repository'>,
  { dump, fromCluster, manifestSha256 }: FindDumpInput,
  cluster: string,
): Promise<StoredDump> {
  if (!parseDumpId(dump))
    throw failWith(
      'NotFound',
      `"${dump}" is not a dump id (<database>-dump-<yyyymmddThhmmssZ>-<6 hex>).${await nearestDump(repository, cluster, dump)} List what there is: kalpa dumps.`,
    );
  try {
    const stored = await readLoadableDump({ ...repository, cluster }, dump, manifestSha256);
    await refuseDamaged({ ...repository, cluster }, dump);
    return stored;
  } catch (error) {
    if (!isRepositoryError(error, 'NotFound')) throw error;
    const meant = await nearestDump(repository, cluster, dump);
    const elsewhere = fromCluster === undefined ? ' A dump of another cluster needs "fromCluster".' : '';
    throw failWith('NotFound', `${error.message}${meant}${elsewhere}`);
  }
}

/** A dump known to be damaged is refused now. */
async function refuseDamaged(repository: ClusterStore, id: string): Promise<void> {
  const { verdict } = await provedVerdict(repository, { kind: 'dump', id });
  if (verdict?.ok !== false) return;
  const read = await readVerification(repository, 'dump', id, verdict);
  throw failWith(
    'ChecksumMismatch',
    `${id} can't be loaded: ${damageText(verdict, read?.record.problems)}. Nothing was changed. Use another one: kalpa dumps.`,
  );
}

async function nearestDump(
  repository: ControlDependencies['repository'],
  cluster: string,
  dump: string,
): Promise<string> {
  const there = await listDumps({ ...repository, cluster }).catch((): DumpEntry[] => []);
  const complete = there.filter(({ state }) => state === 'committed');
  return didYouMean(
    dump,
    complete.map(({ dumpId }) => dumpId),
  );
}

/** The only database of the dump, or the requested one. */
function chosenPart({ manifest }: StoredDump, { dump, database }: FindDumpInput): DumpPart {
  const databases = manifest.parts.filter(({ content, csv }) => content !== 'roles' && csv === undefined);
  const found = databases.filter(({ part }) => database === undefined || part === database);
  const [only] = found;
  if (only && found.length === 1) return only;
  const names = databases.map(({ part }) => part);
  if (names.length === 0)
    throw failWith(
      'NotFound',
      `${dump} has only roles, and no database. Its text is stored gzipped under ${manifest.parts[0]?.files[0]?.key ?? 'dumps/'}: run the statements that you need with ysqlsh.`,
    );
  if (database !== undefined)
    throw failWith(
      'NotFound',
      `${dump} has no database ${database}; it has ${names.join(', ')}.${didYouMeanDatabase(database, names)}`,
      [{ database }],
    );
  const allowed = `one of ${names.join(', ')}`;
  throw failWith(
    'InvalidInput',
    `loadDump refused its input, nothing was changed: database: given nothing, allowed ${allowed}, since ${dump} covers a whole cluster. Name the database and start it again.`,
    [{ field: 'database', given: undefined, allowed }],
  );
}
