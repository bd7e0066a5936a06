/**
 * Judges requests to S3 as AWS documents it, for identity policies: an explicit denial wins, else a permission is
 * needed, else it is denied (IAM user guide, "Policy evaluation logic"). What it does not know of a policy it refuses
 * to judge.
 */

interface Statement {
  Sid?: string;
  Effect: string;
  Action: string | string[];
  Resource: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}
export interface Policy {
  Version: string;
  Statement: Statement[];
}

/** One thing that a request needs, with the facts about it that conditions speak of. */
export interface Needed {
  action: string;
  resource: string;
  context: Readonly<Record<string, string>>;
}

const KNOWN = new Set(['Sid', 'Effect', 'Action', 'Resource', 'Condition']);

/** Whether a request is let through, and by which statement not. */
export function judge(policy: Policy, needed: readonly Needed[]): { allowed: boolean; because?: string } {
  for (const one of needed) {
    const found = policy.Statement.filter((statement) => speaksOf(statement, one));
    const denial = found.find(({ Effect }) => Effect === 'Deny');
    if (denial) return { allowed: false, because: `denied by ${denial.Sid ?? 'a statement'}: ${one.action}` };
    if (found.length === 0) return { allowed: false, because: `nothing allows ${one.action} of ${one.resource}` };
  }
  return { allowed: true };
}

function speaksOf(statement: Statement, { action, resource, context }: Needed): boolean {
  for (const key of Object.keys(statement))
    if (!KNOWN.has(key)) throw new Error(`A statement with ${key} is not judged.`);
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') throw new Error(`Effect ${statement.Effect}`);
  return (
    // names of actions are compared without regard to case, resources with it
    list(statement.Action).some((pattern) => like(pattern.toLowerCase(), action.toLowerCase())) &&
    list(statement.Resource).some((pattern) => like(pattern, resource)) &&
    Object.entries(statement.Condition ?? {}).every(([operator, wanted]) =>
      Object.entries(wanted).every(([key, values]) => holds(operator, list(values), valueOf(context, key))),
    )
  );
}

/**
 * Several values are alternatives; several keys and operators must all hold. A key that the request lacks meets none
 * but `Null`.
 */
function holds(operator: string, values: readonly string[], found: string | undefined): boolean {
  switch (operator) {
    case 'Null':
      return values.some((value) => (value === 'true') === (found === undefined));
    case 'Bool':
    case 'StringEquals':
      return found !== undefined && values.includes(found);
    case 'StringLike':
      return found !== undefined && values.some((value) => like(value, found));
    default:
      throw new Error(`The condition ${operator} is not judged.`);
  }
}

/** Keys of conditions are compared without regard to case. */
function valueOf(context: Needed['context'], key: string): string | undefined {
  return Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
}

const list = (given: string | string[]): string[] => (Array.isArray(given) ? given : [given]);

/** `*`: any characters, slashes too; `?`: one. */
function like(pattern: string, text: string): boolean {
  const parts = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '[^]*')
    .replace(/\?/g, '[^]');
  return new RegExp(`^${parts}$`).test(text);
}

/** A request of the S3 API, as the SDK names it. */
export interface S3Request {
  key?: string;
  /** `If-None-Match: *`. */
  ifNoneMatch?: boolean;
  versionId?: boolean;
  copySource?: string;
  /** With a lock in its headers, which needs a right of its own. */
  locks?: boolean;
  /** `x-amz-bypass-governance-retention`. */
  bypasses?: boolean;
}

const onBucket =
  (...actions: string[]): Judged =>
  (bucket) =>
    actions.map((action) => ({ action, resource: bucket, context: {} }));
const onObject =
  (action: string, version?: string): Judged =>
  (bucket, { key = '', versionId, bypasses }) => [
    { action: versionId && version !== undefined ? version : action, resource: `${bucket}/${key}`, context: {} },
    ...(bypasses ? [{ action: 's3:BypassGovernanceRetention', resource: `${bucket}/${key}`, context: {} }] : []),
  ];
/**
 * `creates`: an object stands there afterwards. Parts of an upload and its beginning create nothing, and carry no
 * header.
 */
const puts =
  (creates: boolean): Judged =>
  (bucket, { key = '', ifNoneMatch, copySource, locks }) => [
    ...(locks ? [{ action: 's3:PutObjectRetention', resource: `${bucket}/${key}`, context: {} }] : []),
    ...(copySource === undefined ? [] : [{ action: 's3:GetObject', resource: `${bucket}/${copySource}`, context: {} }]),
    {
      action: 's3:PutObject',
      resource: `${bucket}/${key}`,
      context: {
        's3:ObjectCreationOperation': String(creates),
        ...(creates && ifNoneMatch ? { 's3:if-none-match': '*' } : {}),
      },
    },
  ];
type Judged = (bucket: string, request: S3Request) => Needed[];

/**
 * What each operation needs (service authorization reference, "Actions, resources, and condition keys for Amazon S3").
 */
export const OPERATIONS: Record<string, Judged> = {
  HeadBucket: onBucket('s3:ListBucket'),
  ListObjectsV2: onBucket('s3:ListBucket'),
  ListObjectVersions: onBucket('s3:ListBucketVersions'),
  ListMultipartUploads: onBucket('s3:ListBucketMultipartUploads'),
  GetBucketVersioning: onBucket('s3:GetBucketVersioning'),
  GetBucketLifecycleConfiguration: onBucket('s3:GetLifecycleConfiguration'),
  GetObjectLockConfiguration: onBucket('s3:GetBucketObjectLockConfiguration'),
  PutBucketPolicy: onBucket('s3:PutBucketPolicy'),
  PutBucketVersioning: onBucket('s3:PutBucketVersioning'),
  PutBucketLifecycleConfiguration: onBucket('s3:PutLifecycleConfiguration'),
  DeleteBucket: onBucket('s3:DeleteBucket'),
  GetObject: onObject('s3:GetObject', 's3:GetObjectVersion'),
  HeadObject: onObject('s3:GetObject', 's3:GetObjectVersion'),
  PutObject: puts(true),
  CopyObject: puts(true),
  CreateMultipartUpload: puts(false),
  UploadPart: puts(false),
  CompleteMultipartUpload: puts(true),
  AbortMultipartUpload: onObject('s3:AbortMultipartUpload'),
  ListParts: onObject('s3:ListMultipartUploadParts'),
  DeleteObject: onObject('s3:DeleteObject', 's3:DeleteObjectVersion'),
  DeleteObjects: onObject('s3:DeleteObject', 's3:DeleteObjectVersion'),
  PutObjectTagging: onObject('s3:PutObjectTagging', 's3:PutObjectVersionTagging'),
  PutObjectAcl: onObject('s3:PutObjectAcl', 's3:PutObjectVersionAcl'),
  GetObjectRetention: onObject('s3:GetObjectRetention'),
  PutObjectRetention: onObject('s3:PutObjectRetention'),
  PutObjectLegalHold: onObject('s3:PutObjectLegalHold'),
};
