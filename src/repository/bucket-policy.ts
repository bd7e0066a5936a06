import { BACKUP_KINDS, layout } from './layout/layout';

/** Who does what in the bucket. */
export const BUCKET_ROLES = ['node', 'control', 'reader', 'janitor'] as const;
export type BucketRole = (typeof BUCKET_ROLES)[number];

export interface PolicyStatement {
  Sid: string;
  Effect: 'Allow' | 'Deny';
  Action: string[];
  Resource: string[];
  Condition?: Record<string, Record<string, string>>;
}

export interface BucketPolicy {
  Version: '2012-10-17';
  Statement: PolicyStatement[];
}

/**
 * The permissions of one role in the bucket, as an AWS identity policy. Puts without `If-None-Match` are denied: a
 * multipart upload sends the header on completion, and its parts create no object. `locks`: objects are locked; writers
 * set and extend the locks, and no role may bypass them.
 */
export function bucketPolicy(
  role: BucketRole,
  { bucket, prefix, cluster, locks = false }: { bucket: string; prefix: string; cluster: string; locks?: boolean },
): BucketPolicy {
  const arn = `arn:aws:s3:::${bucket}`;
  const below = (path: string): string => `${arn}/${prefix === '' ? '' : `${prefix}/`}${path}`;
  const own = layout.cluster(cluster);
  const statements: PolicyStatement[] = [
    {
      Sid: 'Look',
      Effect: 'Allow',
      Action: [
        's3:ListBucket',
        ...(role === 'reader' ? [] : BUCKET_FACTS),
        ...(role === 'janitor' ? ['s3:ListBucketVersions'] : []),
      ],
      Resource: [arn],
    },
    { Sid: 'Read', Effect: 'Allow', Action: ['s3:GetObject', 's3:GetObjectVersion'], Resource: [below('*')] },
  ];
  const writes = WRITES[role].map((path) => below(path.replace('<cluster>/', own)));
  if (writes.length > 0)
    statements.push(
      { Sid: 'Create', Effect: 'Allow', Action: ['s3:PutObject', ...UPLOADS], Resource: writes },
      {
        Sid: 'CreateOnly',
        Effect: 'Deny',
        Action: ['s3:PutObject'],
        Resource: [below('*')],
        Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
      },
    );
  if (locks && role !== 'reader')
    statements.push({
      Sid: 'Locks',
      Effect: 'Allow',
      Action: ['s3:GetObjectRetention', ...(role === 'janitor' ? [] : ['s3:PutObjectRetention'])],
      Resource: LOCKS[role].map((path) => below(path.replace('<cluster>/', own))),
    });
  if (locks)
    statements.push({
      Sid: 'NoWayRoundLocks',
      Effect: 'Deny',
      Action: ['s3:BypassGovernanceRetention', 's3:PutObjectLegalHold', 's3:PutBucketObjectLockConfiguration'],
      Resource: [arn, `${arn}/*`],
    });
  if (role === 'control')
    statements.push({
      Sid: 'NoTombstones',
      Effect: 'Deny',
      Action: ['s3:PutObject'],
      Resource: BACKUP_KINDS.map((kind) => below(layout.deletions(cluster, kind) + '*')),
    });
  const deletes = DELETES[role].map((path) => below(path.replace('<cluster>/', own)));
  if (deletes.length > 0)
    statements.push({
      Sid: 'Delete',
      Effect: 'Allow',
      Action: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
      Resource: deletes,
    });
  return { Version: '2012-10-17', Statement: statements };
}

const BUCKET_FACTS = [
  's3:ListBucketMultipartUploads',
  's3:GetBucketVersioning',
  's3:GetLifecycleConfiguration',
  's3:GetBucketObjectLockConfiguration',
];
const UPLOADS = ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];

/** Where a role creates objects; `<cluster>/` stands for the cluster's own prefix. */
const WRITES: Record<BucketRole, readonly string[]> = {
  node: [
    '<cluster>/backups/*/data/*',
    '<cluster>/backups/*/packs/*',
    '<cluster>/backups/*/files/*',
    '<cluster>/work/*',
  ],
  control: [layout.repository, `${layout.probe}*`, '<cluster>/*'],
  reader: [],
  janitor: [layout.repository, `${layout.probe}*`, '<cluster>/tombstones/*', '<cluster>/dump-tombstones/*'],
};

/** Where a role locks what it writes and extends the locks of what it refers to; the janitor only reads lock dates. */
const LOCKS: Record<BucketRole, readonly string[]> = {
  node: ['<cluster>/backups/*/data/*', '<cluster>/backups/*/packs/*', '<cluster>/backups/*/files/*'],
  control: [`${layout.probe}*`, '<cluster>/*'],
  reader: [],
  janitor: ['<cluster>/*'],
};

const DELETES: Record<BucketRole, readonly string[]> = {
  node: [],
  control: [`${layout.probe}*`],
  reader: [],
  janitor: [`${layout.probe}*`, '<cluster>/*'],
};
