import { bucketPolicy, layout, type BucketRole } from '../../src/repository';
import { kalpa } from '../cli/fake-cli';

const place = { bucket: 'b', prefix: 'p/q', cluster: 'demo' };
const folder = { backupId: 'ysql.orders-20261122T020007Z-3fa9c1', snapshotId: '0b5f2a0e-9c2c-4f0a-8d0e-2f6a1c3b4d5e' };
const of = { tablet: 'a'.repeat(32), peer: 'b'.repeat(32) };

const matches = (pattern: string, arn: string): boolean =>
  new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*')}$`).test(arn);

/** As AWS judges: denied by any denial, else allowed by any permission. */
function may(role: BucketRole, action: string, key: string, ifNoneMatch = true, completes = true): boolean {
  const found = bucketPolicy(role, place).Statement.filter(
    ({ Action, Resource, Condition }) =>
      Action.includes(action) &&
      Resource.some((pattern) => matches(pattern, `arn:aws:s3:::b/p/q/${key}`)) &&
      (!Condition || (!ifNoneMatch && completes)),
  );
  return found.length > 0 && found.every(({ Effect }) => Effect === 'Allow');
}

const keys = {
  data: layout.data('demo', folder, of, 'intents/CURRENT'),
  pack: layout.pack('demo', folder, of, 0),
  list: layout.segment('demo', folder, 'n', 0, '0123456789abcdef'),
  schema: layout.artefact('demo', folder, 'schema', '0123456789abcdef', 'sql.gz'),
  work: layout.work('demo', 'w', 'plan', '0123456789abcdef'),
  manifest: layout.manifest('demo', folder.backupId),
  tombstone: layout.tombstone('demo', folder.backupId),
  other: layout.manifest('other', folder.backupId),
};

describe('23.5: the policy of', () => {
  const created = (role: BucketRole): string[] =>
    Object.entries(keys).flatMap(([name, key]) => (may(role, 's3:PutObject', key) ? [name] : []));

  it.each<[BucketRole, string[]]>([
    ['node', ['data', 'pack', 'list', 'work']],
    ['control', ['data', 'pack', 'list', 'schema', 'work', 'manifest']],
    ['reader', []],
    ['janitor', ['data', 'pack', 'list', 'schema', 'work', 'manifest', 'tombstone']],
  ])('23.5: %s lets it create exactly what it writes, and only where nothing stands', (role, expected) => {
    expect(created(role)).toEqual(expected);
    for (const key of Object.values(keys)) {
      expect(may(role, 's3:PutObject', key, false)).toBe(false);
      expect(may(role, 's3:GetObject', key)).toBe(true);
      expect(may(role, 's3:DeleteObject', key)).toBe(role === 'janitor' && key !== keys.other);
    }
  });

  it('23.5: a node lets parts of an upload pass, which carry no condition', () => {
    expect(may('node', 's3:PutObject', keys.data, false, false)).toBe(true);
    expect(may('node', 's3:PutObject', keys.manifest, false, false)).toBe(false);
  });

  it('23.5: each role is printed by the command line for the configured bucket', async () => {
    const { code, stdout } = await kalpa(['policy', 'node']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(bucketPolicy('node', { bucket: 'kalpa', prefix: 'here', cluster: 'demo' }));
    expect((await kalpa(['policy', 'root'])).code).toBe(2);
  });
});
