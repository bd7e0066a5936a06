import { failureOf } from '../../src/yugabyte/yb-admin/failure';
import {
  HTTP_STATUSES,
  HttpFailed,
  MASTER_ERRORS,
  SQL_STATES,
  SqlFailed,
  STATUS_CODES,
  verdictOfHttp,
  verdictOfSqlState,
  verdictOfStatus,
} from '../../src/yugabyte';
import { pgFailure } from '../../src/yugabyte/process/pg-tool';

const ADMIN = { name: 'create_database_snapshot', mutates: true } as const;
const NO_HELP = 'Nothing was changed; repeating it will not help.';

describe("16: failures that a retry can't help are final, as listed in tables", () => {
  it('16: nothing stands twice in a table, and a special case stands before its class', () => {
    for (const table of [SQL_STATES, STATUS_CODES, MASTER_ERRORS, HTTP_STATUSES]) {
      const keys = table.map(({ is }) => is);
      expect(new Set(keys).size).toBe(keys.length);
    }
    for (const [i, { is }] of SQL_STATES.entries())
      expect(SQL_STATES.slice(i + 1).filter((later) => later.is.startsWith(is))).toEqual([]);
  });

  it.each(SQL_STATES.map(({ is, verdict }) => [is.padEnd(5, '0'), verdict] as const))(
    '16: SQLSTATE %s is %s, and so is the failure',
    (code, verdict) => {
      const failed = new SqlFailed('read', 'shop', code, 'no', verdictOfSqlState(code) === 'transient', 'refused');
      expect([failed.final, failed.transient]).toEqual([verdict === 'final', verdict === 'transient']);
    },
  );

  it.each(['3D000', '28P01', '28000', '42501'])('16: %s is final', (code) => {
    expect(verdictOfSqlState(code)).toBe('final');
  });

  it.each(['42P01', 'XX000', 'P0001', 'ECONNREFUSED', undefined])('16: %s is no known refusal', (code) => {
    expect(verdictOfSqlState(code)).toBeUndefined();
  });

  it.each(STATUS_CODES)('16: yb-admin that says "$is" is $verdict', ({ is, verdict }) => {
    const failed = failureOf(ADMIN, 1, `Error running create_database_snapshot: ${is} (a.cc:1): it says so\n`);
    expect(failed.statusCode).toBe(is);
    // one that may have acted is looked at, not final
    expect(failed.final).toBe(verdict === 'final' && failed.outcome === 'refused');
    expect(failed.transient).toBe(verdict === 'transient');
    expect(failed.message.includes(NO_HELP)).toBe(failed.final);
  });

  it.each(MASTER_ERRORS)(
    '16: master error $is ($means) is $verdict, whatever the status beside it',
    ({ is, verdict }) => {
      expect(verdictOfStatus('Illegal state', is)).toBe(verdict);
      expect(verdictOfStatus('Invalid argument', is)).toBe(verdict);
    },
  );

  it.each([...HTTP_STATUSES, { is: 500, verdict: 'transient' }, { is: 503, verdict: 'transient' }])(
    '16: a page that answers $is is $verdict',
    ({ is, verdict }) => {
      expect(verdictOfHttp(is)).toBe(verdict);
      const failed = new HttpFailed('http://m:7000/varz', is, `it answered ${is}`, verdictOfHttp(is) === 'transient');
      expect(failed.final).toBe(verdict === 'final');
    },
  );

  it('16: "Namespace … not found" is final, and says that repeating will not help', () => {
    const failed = failureOf(
      ADMIN,
      1,
      'Error running create_database_snapshot: Invalid argument (yb-admin_client.cc:1): Namespace shop of type ysql not found\n',
    );
    expect(failed).toMatchObject({ final: true, outcome: 'refused', transient: false });
    expect(failed.message).toContain(NO_HELP);
  });

  it('16: "Internal error" is in no table: tried again, and nothing is said about repeating', () => {
    const failed = failureOf(
      { ...ADMIN, mutates: false },
      1,
      'Error running list_snapshots: Internal error (a.cc:1): x\n',
    );
    expect(failed).toMatchObject({ final: false, transient: false });
    expect(failed.message).toMatch(/Nothing was changed\.$/);
  });

  it('16: a wrong password of ysql_dump is final, a server that starts is not', () => {
    const of = (stderr: string) => pgFailure('ysql_dump', { exitCode: 1, stdout: '', stderr }, false);
    expect(of('ysql_dump: error: FATAL:  password authentication failed for user "kalpa"').final).toBe(true);
    expect(of('ysql_dump: error: FATAL:  the database system is starting up')).toMatchObject({
      final: false,
      transient: true,
    });
  });
});
