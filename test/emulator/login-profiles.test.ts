import { withSql } from '../support/cluster/sql';
import { EmulatedCluster } from './emulated-cluster';

describe.each(['2.14', '2024.2', '2025.1'] as const)('24.6: login profiles in YugabyteDB %s', (release) => {
  let cluster: EmulatedCluster;
  beforeAll(async () => {
    cluster = await EmulatedCluster.start(release);
  });
  afterAll(async () => {
    await cluster.stop();
  });

  const roles = async (): Promise<string> => {
    const { stdout, stderr, code } = await cluster.run('ysql_dumpall', ['--roles-only', '--no-role-passwords']);
    expect([code, stderr]).toEqual([0, '']);
    return stdout;
  };
  const codeOf = async (sql: string): Promise<string | undefined> =>
    await withSql(cluster.address, 'yugabyte', async (client) =>
      client.query(sql).then(
        () => undefined,
        (error: unknown) => (error as { code?: string }).code,
      ),
    );

  it(
    release === '2.14' ? 'are refused by their syntax' : 'are made, given and dumped as the release does',
    async () => {
      expect(await codeOf('CREATE ROLE app LOGIN')).toBeUndefined();
      if (release === '2.14') {
        expect(await codeOf('CREATE PROFILE careful LIMIT FAILED_LOGIN_ATTEMPTS 3')).toBe('42601');
        expect(await codeOf('ALTER ROLE app PROFILE careful')).toBe('42601');
        expect(await roles()).not.toContain('PROFILE');
        return;
      }
      expect(await codeOf('ALTER ROLE app PROFILE careful')).toBe('42704');
      expect(await codeOf('CREATE PROFILE careful LIMIT FAILED_LOGIN_ATTEMPTS 3')).toBeUndefined();
      expect(await codeOf('CREATE PROFILE careful LIMIT FAILED_LOGIN_ATTEMPTS 3')).toBe('42710');
      expect(await codeOf('ALTER ROLE nobody PROFILE careful')).toBe('42704');
      expect(await codeOf('ALTER ROLE app PROFILE careful;')).toBeUndefined();
      expect(await codeOf('DROP PROFILE careful')).toBe('2BP01');
      const rows = await withSql(cluster.address, 'yugabyte', async (client) => {
        const found = await client.query(
          `SELECT prfname::text AS profile, a.rolname::text AS role
           FROM pg_catalog.pg_yb_role_profile r JOIN pg_catalog.pg_yb_profile p ON p.oid = r.rolprfprofile
           JOIN pg_catalog.pg_roles a ON a.oid = r.rolprfrole`,
        );
        return found.rows as unknown;
      });
      expect(rows).toEqual([{ profile: 'careful', role: 'app' }]);
      const dump = await roles();
      if (release === '2024.2') expect(dump).not.toContain('PROFILE');
      else {
        expect(dump).toMatch(
          /^CREATE PROFILE careful LIMIT FAILED_LOGIN_ATTEMPTS 3;\n\nALTER ROLE app PROFILE careful;\nUPDATE pg_catalog\.pg_yb_role_profile\n/m,
        );
        expect(dump.indexOf('CREATE ROLE app;')).toBeLessThan(dump.indexOf('CREATE PROFILE careful'));
      }
      expect(await codeOf('ALTER ROLE app NOPROFILE')).toBeUndefined();
      expect(await codeOf('DROP PROFILE careful')).toBeUndefined();
      expect(await roles()).not.toContain('PROFILE');
    },
  );
});
