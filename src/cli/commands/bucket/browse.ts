import type { Command } from 'commander';
import type { BackupDetails, DumpEntry } from '../../../repository';
import { defineForegroundCommand, READ_EXITS } from '../../core/define-command';
import { ListPrinter, type Column } from '../../core/list-printer';
import { checkDatabaseArgument } from '../../core/check-database-argument';
import type { Catalogue, OpenRepository } from '../../core/open-catalogue';
import { Session, type CommandContext } from '../../core/session';
import { onOneLine } from '../../core/sanitized-output';
import { fitToContents } from '../../core/table';
import { given } from '../../../objects/given';
import { bytesText, countText } from '../../../objects/texts';
import { rehearsedText } from '../backups';

interface Options {
  cluster?: string;
  region?: string;
  endpoint?: string;
  caFile?: string;
  publicKey?: string[];
}

/** `kalpa browse <bucket url> [database]`: needs neither Temporal nor a `kalpa.yaml`, and only reads. */
export function browseCommand(context: CommandContext): Command {
  const command = defineForegroundCommand(
    'browse',
    'Show what any repository contains; needs no kalpa.yaml, never writes.',
    {
      examples: [
        'kalpa browse s3://company-backups/yugabyte',
        'kalpa browse s3://company-backups/yugabyte ysql.orders --cluster orders-prod',
        'kalpa browse s3://kalpa/prod --endpoint https://s3.example.com --public-key ed25519:…',
      ],
      exits: READ_EXITS,
    },
  )
    .argument('<url>', 's3://<bucket>/<prefix>; credentials come from the environment, as for the aws command')
    .argument('[database]', 'list every backup and restorable moment of ysql.<database> or ycql.<keyspace>')
    .option('--cluster <name>', 'only this cluster of the repository')
    .option('--endpoint <address>', 'endpoint of a store other than AWS (default: $AWS_ENDPOINT_URL_S3)')
    .option('--region <name>', 'default: $AWS_REGION, else us-east-1')
    .option('--ca-file <file>', "PEM of the authority that signed the store's certificate")
    .option('--public-key <key...>', 'trust only what these keys have signed, as kalpa keys prints them')
    .option('--json', 'one JSON document on stdout and nothing else');
  return command.action(async (url: string, database: string | undefined, options: Options) => {
    const session = new Session(context, command);
    const { publicKey = [], cluster, ...where } = options;
    const repository = context.parts.openToBrowse({ url, ...where }, publicKey);
    try {
      const clusters = (await repository.clusters()).filter((name) => cluster === undefined || name === cluster);
      if (clusters.length === 0)
        session.printText(`No ${cluster === undefined ? 'clusters' : `cluster ${cluster}`} in ${repository.location}.`);
      if (publicKey.length === 0 && clusters.length > 0)
        session.remark(
          'None of this is verified: without --public-key, anyone who may create objects there can forge it.',
        );
      const found = { clusters, signaturesChecked: publicKey.length > 0 };
      if (database === undefined) await showDatabases(session, repository, found);
      else await showMoments(session, repository, { ...found, database });
    } finally {
      repository.close();
    }
  });
}

/** Which clusters to show, and whether to trust only what known keys have signed. */
interface BrowseOptions {
  clusters: string[];
  signaturesChecked: boolean;
}

/** One database of one cluster. */
interface Browsed {
  cluster: string;
  database: string;
  /** Complete backups. */
  backups: number;
  newestBackup?: string;
  /**
   * From the start of the oldest backup's history to the newest backup; not every moment in between can be restored.
   */
  oldestMoment?: string;
  newestMoment?: string;
  bytes?: number;
  dumps: number;
  newestDump?: string;
  problem?: string;
}

const DATABASES: Column<Browsed>[] = [
  { title: 'CLUSTER', of: ({ cluster }) => cluster },
  { title: 'DATABASE', of: ({ database }) => database },
  { title: 'BACKUPS', of: ({ backups }) => countText(backups) },
  { title: 'NEWEST MOMENT', of: ({ newestMoment = '' }) => newestMoment },
  { title: 'SIZE', of: ({ bytes }) => (bytes === undefined ? '' : bytesText(bytes)) },
  { title: 'DUMPS', of: ({ dumps }) => countText(dumps) },
  { title: 'OLDEST MOMENT', of: ({ oldestMoment = '' }) => oldestMoment, more: true },
  { title: 'NEWEST BACKUP', of: ({ newestBackup = '' }) => newestBackup, more: true },
  { title: 'PROBLEM', of: ({ problem = '' }) => problem, more: true },
];

async function showDatabases(session: Session, repository: OpenRepository, options: BrowseOptions): Promise<void> {
  const found: Browsed[] = [];
  for (const cluster of options.clusters)
    found.push(...(await closing(repository.catalogue(cluster), (catalogue) => databasesOf(catalogue, cluster))));
  if (session.json) session.print({ ...options, databases: found }, () => '');
  else {
    const printer = new ListPrinter(session, fitToContents(found, DATABASES));
    for (const one of found) printer.print(one);
  }
}

/** From listings, and from the records of the oldest and the newest complete backup of each database. */
async function databasesOf(catalogue: Catalogue, cluster: string): Promise<Browsed[]> {
  const committed = (await catalogue.list()).filter(({ state }) => state === 'committed');
  const dumps = (await catalogue.dumps()).filter(({ state }) => state === 'committed');
  const names = [...new Set([...committed.map(({ database }) => database), ...dumps.map(({ subject }) => subject)])];
  const found: Browsed[] = [];
  for (const database of names.sort()) {
    const backups = committed.filter((one) => one.database === database);
    const ends = [backups.at(0), backups.at(-1)].flatMap((one) => one ?? []);
    const [oldest, newest] = await all(catalogue.details(ends));
    const own = dumps.filter(({ subject }) => subject === database);
    found.push({
      ...{ cluster, database, backups: backups.length, dumps: own.length },
      ...given({
        newestBackup: newest?.backupId,
        oldestMoment: oldest?.moments?.from,
        newestMoment: newest?.moments?.to,
        bytes: newest?.bytes,
        newestDump: own.at(-1)?.dumpId,
        problem: newest?.problem ?? oldest?.problem,
      }),
    });
  }
  return found;
}

const MOMENTS: Column<BackupDetails & { cluster: string }>[] = [
  { title: 'BACKUP', of: ({ backupId }) => backupId },
  { title: 'STATE', of: ({ state, signature }) => signature ?? state },
  { title: 'FROM', of: ({ moments }) => moments?.from ?? '' },
  { title: 'TO', of: ({ moments }) => moments?.to ?? '' },
  { title: 'SIZE', of: ({ bytes }) => (bytes === undefined ? '' : bytesText(bytes)), more: true },
  { title: 'CLUSTER', of: ({ cluster }) => cluster, more: true },
  { title: 'PROVED', of: rehearsedText, more: true },
  { title: 'PROBLEM', of: ({ problem = '' }) => problem, more: true },
];

async function showMoments(
  session: Session,
  repository: OpenRepository,
  { clusters, database, signaturesChecked }: BrowseOptions & { database: string },
): Promise<void> {
  const backups: (BackupDetails & { cluster: string })[] = [];
  const dumps: (DumpEntry & { cluster: string })[] = [];
  for (const cluster of clusters)
    await closing(repository.catalogue(cluster), async (catalogue) => {
      if (!/^(ysql|ycql)\../s.test(database))
        checkDatabaseArgument(
          database,
          (await catalogue.list()).map((one) => one.database),
        );
      const details = await all(catalogue.details(await catalogue.list(database)));
      backups.push(...details.map((one) => ({ ...one, cluster })));
      dumps.push(...(await catalogue.dumps(database)).map((one) => ({ ...one, cluster })));
    });
  if (session.json) session.print({ signaturesChecked, backups, dumps }, () => '');
  else if (backups.length + dumps.length === 0) session.printText(`Nothing of ${database} in ${repository.location}.`);
  else {
    const printer = new ListPrinter(session, fitToContents(backups, MOMENTS));
    for (const one of backups) printer.print(one);
    for (const { dumpId, state } of dumps) session.line(onOneLine(`dump ${dumpId}  ${state}`));
  }
}

async function closing<T>(catalogue: Catalogue, work: (catalogue: Catalogue) => Promise<T>): Promise<T> {
  try {
    return await work(catalogue);
  } finally {
    catalogue.close();
  }
}

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const row of rows) found.push(row);
  return found;
}
