import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUCKET_ROLES, bucketPolicy, layout, type BucketRole } from '../../../src/repository';
import { rolePolicy, S3_ROLES } from '../../../stack/servers/s3-roles';
import { kalpa } from '../../cli/fake-cli';
import { judge, OPERATIONS, type Policy, type S3Request } from '../../support/store/aws-policy';

const place = { bucket: 'b', prefix: 'p/q', cluster: 'demo' };
const folder = { backupId: 'ysql.orders-20261122T020007Z-3fa9c1', snapshotId: '0b5f2a0e-9c2c-4f0a-8d0e-2f6a1c3b4d5e' };
const dump = 'ysql.orders-dump-20261122T020007Z-3fa9c1';
const of = { tablet: 'a'.repeat(32), peer: 'b'.repeat(32) };
const sha16 = '0123456789abcdef';

/** One key of each part of the repository. */
const KEYS = {
  data: layout.data('demo', folder, of, 'intents/CURRENT'),
  pack: layout.pack('demo', folder, of, 0, 'a'.repeat(16)),
  list: layout.segment('demo', folder, 'n', 0, sha16),
  work: layout.work('demo', 'w', 'plan', sha16),
  schema: layout.artefact('demo', folder, 'schema', sha16, 'sql.gz'),
  intent: layout.intent('demo', folder.backupId),
  closed: layout.closedRecord('demo', folder.backupId, 'failed'),
  manifest: layout.manifest('demo', folder.backupId),
  dump: layout.dumpText('demo', dump, { part: 'ysql.orders', extension: 'sql' }, 'one', 1),
  dumpManifest: layout.dumpManifest('demo', dump),
  clusterRecord: layout.clusterRecord('demo'),
  making: layout.making('demo', 'r', 'ycql.shop'),
  tombstone: layout.tombstone('demo', folder.backupId),
  dumpTombstone: layout.deletion('demo', 'dump', dump, 2),
  hold: layout.hold('demo', 'backup', folder.backupId, 1),
  repository: layout.repository,
  probe: `${layout.probe}x`,
  foreign: layout.manifest('other', folder.backupId),
  foreignData: layout.data('other', folder, of, 'CURRENT'),
};
type Key = keyof typeof KEYS;
const EVERY = Object.keys(KEYS) as Key[];

const may = (
  policy: Policy,
  operation: string,
  { key, ...more }: Omit<S3Request, 'key'> & { key?: string } = {},
): boolean =>
  judge(
    policy,
    OPERATIONS[operation]!('arn:aws:s3:::b', { ...more, ...(key === undefined ? {} : { key: `p/q/${key}` }) }),
  ).allowed;
const policyOf = (role: BucketRole): Policy => bucketPolicy(role, place);

/** What each role creates, whole or in parts. */
const CREATES: Record<BucketRole, Key[]> = {
  node: ['data', 'pack', 'list', 'work'],
  control: EVERY.filter((key) => !['tombstone', 'dumpTombstone', 'foreign', 'foreignData'].includes(key)),
  reader: [],
  janitor: ['tombstone', 'dumpTombstone', 'repository', 'probe'],
};
const DELETES: Record<BucketRole, Key[]> = {
  node: [],
  control: ['probe'],
  reader: [],
  janitor: EVERY.filter((key) => !['repository', 'foreign', 'foreignData'].includes(key)),
};
/** A put in one request, and the end of one in parts. */
const CREATING = ['PutObject', 'CompleteMultipartUpload'];
const PARTS = ['CreateMultipartUpload', 'UploadPart', 'AbortMultipartUpload', 'ListParts'];
/** What none of them asks for, whatever it is about. */
const NEVER = ['PutObjectTagging', 'PutObjectAcl', 'PutObjectRetention', 'PutObjectLegalHold'];
const NEVER_ON_BUCKET = ['PutBucketPolicy', 'PutBucketVersioning', 'PutBucketLifecycleConfiguration', 'DeleteBucket'];

describe.each(BUCKET_ROLES)('23.5: the policy of %s, as AWS judges it,', (role) => {
  const policy = policyOf(role);
  const allowed = (operation: string, more: S3Request = {}): Key[] =>
    EVERY.filter((key) => may(policy, operation, { ...more, key: KEYS[key] }));

  it('23.5: allows it to create exactly what it writes, and only under unused keys', () => {
    for (const operation of CREATING) {
      expect([operation, allowed(operation, { ifNoneMatch: true })]).toEqual([operation, CREATES[role]]);
      expect([operation, allowed(operation)]).toEqual([operation, []]);
    }
  });

  it('23.5: allows parts of an upload there, which carry no condition and create nothing, and nowhere else', () => {
    const inParts = role === 'control' ? [...CREATES.control, 'tombstone', 'dumpTombstone'] : CREATES[role];
    for (const operation of PARTS) {
      const ends = operation === 'AbortMultipartUpload' || operation === 'ListParts';
      expect([operation, new Set(allowed(operation))]).toEqual([operation, new Set(ends ? inParts : CREATES[role])]);
    }
  });

  it('23.5: allows no existing object to be overwritten by a copy of what it can read', () => {
    expect(allowed('CopyObject', { copySource: `p/q/${KEYS.foreignData}` })).toEqual([]);
    expect(may(policy, 'CopyObject', { key: KEYS.data, ifNoneMatch: true, copySource: 'elsewhere/secret' })).toBe(
      false,
    );
  });

  it('23.5: allows it to read the whole repository and nothing else', () => {
    for (const operation of ['GetObject', 'HeadObject'])
      for (const versionId of [false, true]) expect(allowed(operation, { versionId })).toEqual(EVERY);
    for (const operation of ['HeadBucket', 'ListObjectsV2']) expect(may(policy, operation)).toBe(true);
    const beside = OPERATIONS['GetObject']!('arn:aws:s3:::b', { key: 'elsewhere/x' });
    expect(judge(policy, beside).allowed).toBe(false);
    expect(judge(policy, OPERATIONS['ListObjectsV2']!('arn:aws:s3:::another', {})).allowed).toBe(false);
  });

  it('23.5: allows it to read the bucket’s settings that its preflight checks', () => {
    const facts = [
      'ListMultipartUploads',
      'GetBucketVersioning',
      'GetBucketLifecycleConfiguration',
      'GetObjectLockConfiguration',
    ];
    expect(may(policy, 'ListObjectVersions')).toBe(role === 'janitor');
    for (const operation of facts) expect([operation, may(policy, operation)]).toEqual([operation, role !== 'reader']);
  });

  it('23.5: allows it to delete only what it is meant to delete, versions included', () => {
    for (const operation of ['DeleteObject', 'DeleteObjects'])
      for (const versionId of [false, true]) expect(allowed(operation, { versionId })).toEqual(DELETES[role]);
  });

  it('23.5: does not allow it to change the bucket, or tags, permissions and locks of objects', () => {
    for (const operation of NEVER) expect([operation, allowed(operation)]).toEqual([operation, []]);
    for (const operation of NEVER_ON_BUCKET) expect([operation, may(policy, operation)]).toEqual([operation, false]);
  });
});

describe.each(BUCKET_ROLES)('26.7: the policy of %s where objects are locked, as AWS judges it,', (role) => {
  const policy = bucketPolicy(role, { ...place, locks: true });
  const allowed = (operation: string, more: S3Request = {}): Key[] =>
    EVERY.filter((key) => may(policy, operation, { ...more, key: KEYS[key] }));
  const locking: Record<BucketRole, Key[]> = {
    node: ['data', 'pack', 'list'],
    control: CREATES.control.filter((key) => key !== 'repository'),
    reader: [],
    janitor: [],
  };

  it('allows it to lock what it writes of a backup, and to extend the lock of what it refers to', () => {
    expect(allowed('PutObject', { ifNoneMatch: true, locks: true })).toEqual(locking[role]);
    expect(allowed('CreateMultipartUpload', { locks: true })).toEqual(locking[role]);
    const kept = role === 'control' ? [...locking.control, 'tombstone', 'dumpTombstone'] : locking[role];
    expect(new Set(allowed('PutObjectRetention'))).toEqual(new Set(kept));
  });

  it('allows it to read lock dates where it deletes or extends', () => {
    const seen = allowed('GetObjectRetention');
    expect(seen.includes('data')).toBe(role !== 'reader');
    expect(seen.some((key) => key.startsWith('foreign'))).toBe(false);
  });

  it('allows nobody to bypass a lock', () => {
    for (const operation of ['DeleteObject', 'DeleteObjects', 'PutObjectRetention'])
      for (const versionId of [false, true]) expect(allowed(operation, { versionId, bypasses: true })).toEqual([]);
    expect(allowed('PutObjectLegalHold')).toEqual([]);
  });

  it('says of everything else what it says without locks', () => {
    for (const operation of Object.keys(OPERATIONS).filter((one) => !one.endsWith('ObjectRetention')))
      for (const ifNoneMatch of [false, true])
        for (const key of EVERY) {
          const asked = { key: KEYS[key], ifNoneMatch };
          expect([operation, key, may(policy, operation, asked)]).toEqual([
            operation,
            key,
            may(policyOf(role), operation, asked),
          ]);
        }
  });
});

describe('23.5: policies', () => {
  it('23.5: speak of every operation that the code has: a new one is to be judged here', () => {
    const sources = join(__dirname, '../../../src/transfer');
    const used = readdirSync(sources, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => [...readFileSync(join(sources, name), 'utf8').matchAll(/\bnew (\w+)Command\(/g)])
      .map(([, operation = '']) => operation);
    expect(used.length).toBeGreaterThan(10);
    expect([...new Set(used)].filter((operation) => !(operation in OPERATIONS))).toEqual([]);
  });

  it('23.5: the embedded store has the same but for the conditions that it does not know', () => {
    for (const role of S3_ROLES) {
      const here = rolePolicy(role, 'b');
      const printed = policyOf(role);
      for (const key of Object.values(KEYS).filter((one) => !one.includes('/other/')))
        for (const operation of Object.keys(OPERATIONS).filter((one) => one !== 'CopyObject')) {
          const asked = { key, ifNoneMatch: true };
          const [inStore, inAws] = [here, printed].map((policy) => may(policy, operation, asked));
          expect([role, operation, key, inStore]).toEqual([role, operation, key, inAws]);
        }
      expect(printed.Statement.filter(({ Condition }) => Condition).map(({ Sid }) => Sid)).toEqual(
        role === 'reader' ? [] : ['CreateOnly'],
      );
    }
  });

  it('23.5: of a bucket without a prefix, and of names with signs of patterns in them, say no more', () => {
    const policy = bucketPolicy('node', { bucket: 'b', prefix: '', cluster: 'demo' });
    const put = (key: string): boolean =>
      judge(policy, OPERATIONS['PutObject']!('arn:aws:s3:::b', { key, ifNoneMatch: true })).allowed;
    expect(put(KEYS.data)).toBe(true);
    expect(put(KEYS.manifest)).toBe(false);
    // `*` matches slashes: what ends like a data object and begins elsewhere must not pass.
    for (const key of [
      `clusters/other/${KEYS.data}`,
      `x/${KEYS.data}`,
      'clusters/demo/manifests/backups/x/data/y',
      'clusters/demo2/work/x',
    ])
      expect([key, put(key)]).toEqual([key, false]);
  });

  it('23.5: each role is printed by the command line for the configured bucket', async () => {
    const { code, stdout } = await kalpa(['policy', 'node']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(bucketPolicy('node', { bucket: 'kalpa', prefix: 'here', cluster: 'demo' }));
    expect((await kalpa(['policy', 'root'])).code).toBe(2);
  });
});

describe('23.5: the evaluator of these tests', () => {
  const allow = { Effect: 'Allow', Action: 's3:*', Resource: '*' };
  const ask = (Statement: Policy['Statement'], context: Record<string, string> = {}): boolean =>
    judge({ Version: '2012-10-17', Statement }, [{ action: 's3:PutObject', resource: 'arn:aws:s3:::b/k', context }])
      .allowed;

  it.each<[string, Policy['Statement'], Record<string, string>, boolean]>([
    ['denies what nothing allows', [], {}, false],
    ['allows by any statement', [{ ...allow, Action: ['s3:GetObject', 's3:Put*'] }], {}, true],
    ['takes a denial before a permission, in any order', [{ ...allow, Effect: 'Deny' }, allow], {}, false],
    [
      'passes over a denial of another resource',
      [allow, { ...allow, Effect: 'Deny', Resource: 'arn:aws:s3:::b/K' }],
      {},
      true,
    ],
    ['takes ? for one sign', [{ ...allow, Resource: 'arn:aws:s3:::?/?' }], {}, true],
    [
      'asks all operators at once',
      [{ ...allow, Condition: { Null: { a: 'true' }, Bool: { b: 'true' } } }],
      { b: 'false' },
      false,
    ],
    ['takes a missing key for no value of Bool', [{ ...allow, Condition: { Bool: { b: 'false' } } }], {}, false],
    [
      'knows keys whatever their case',
      [{ ...allow, Condition: { Null: { 'S3:If-None-Match': 'false' } } }],
      { 's3:if-none-match': '*' },
      true,
    ],
  ])('23.5: %s', (_, statements, context, expected) => {
    expect(ask(statements, context)).toBe(expected);
  });

  it('23.5: judges nothing that it does not know', () => {
    expect(() => ask([{ ...allow, NotAction: 's3:*' } as never])).toThrow('NotAction is not judged');
    expect(() => ask([{ ...allow, Condition: { IpAddress: { a: 'x' } } }])).toThrow('IpAddress is not judged');
  });
});
