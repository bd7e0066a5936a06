/** Who has an access key in the embedded store; `admin` creates the bucket. */
export const S3_ROLES = ['node', 'control', 'reader', 'janitor'] as const;
export type S3Role = (typeof S3_ROLES)[number];

interface Statement {
  Sid: string;
  Effect: 'Allow' | 'Deny';
  Action: string[];
  Resource: string[];
}

/**
 * What `kalpa policy <role>` prints (a test compares the two; the stack uses no code of the product), for every prefix
 * and cluster of the bucket, and without what SeaweedFS can't evaluate: its conditions see only `x-amz-…` headers, so
 * that `s3:if-none-match` would always be missing, and no put would be allowed. (seaweedfs 4.44,
 * weed/s3api/policy_engine/engine.go, ExtractConditionValuesFromRequest)
 */
export function rolePolicy(role: S3Role, bucket: string): { Version: string; Statement: Statement[] } {
  const arn = `arn:aws:s3:::${bucket}`;
  const below = (path: string): string => `${arn}/*/${path}`;
  const own = (path: string): string => below(`clusters/*/${path}`);
  const look = [
    's3:ListBucket',
    ...(role === 'reader' ? [] : BUCKET_FACTS),
    ...(role === 'janitor' ? ['s3:ListBucketVersions'] : []),
  ];
  const statements: Statement[] = [
    { Sid: 'Look', Effect: 'Allow', Action: look, Resource: [arn] },
    { Sid: 'Read', Effect: 'Allow', Action: ['s3:GetObject', 's3:GetObjectVersion'], Resource: [below('*')] },
  ];
  const create = (Resource: string[]): Statement => ({
    Sid: 'Create',
    Effect: 'Allow',
    Action: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
    Resource,
  });
  if (role === 'node')
    statements.push(create(['backups/*/data/*', 'backups/*/packs/*', 'backups/*/files/*', 'work/*'].map(own)));
  if (role === 'control')
    statements.push(
      create([below('kalpa.json'), below('probe/*'), own('*')]),
      {
        Sid: 'NoTombstones',
        Effect: 'Deny',
        Action: ['s3:PutObject'],
        Resource: TOMBSTONES.map(own),
      },
      {
        Sid: 'Delete',
        Effect: 'Allow',
        Action: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
        Resource: [below('probe/*')],
      },
    );
  if (role === 'janitor')
    statements.push(create([below('kalpa.json'), below('probe/*'), ...TOMBSTONES.map(own)]), {
      Sid: 'Delete',
      Effect: 'Allow',
      Action: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
      Resource: [below('probe/*'), own('*')],
    });
  return { Version: '2012-10-17', Statement: statements };
}

const TOMBSTONES = ['tombstones/*', 'dump-tombstones/*'];

const BUCKET_FACTS = [
  's3:ListBucketMultipartUploads',
  's3:GetBucketVersioning',
  's3:GetLifecycleConfiguration',
  's3:GetBucketObjectLockConfiguration',
];
