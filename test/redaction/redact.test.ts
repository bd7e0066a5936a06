import fc from 'fast-check';
import { excerpt, redact, redactFailure, redactFields } from '../../src/redaction';

const SECRET = "hunter2's own";

/** Each holds `hunter2` as a secret; what else it says must stay. */
const SECRETS: readonly [what: string, text: string, shown: string][] = [
  [
    'a user mapping',
    `CREATE USER MAPPING FOR app SERVER far OPTIONS (user 'app', password 'hunter2');`,
    'CREATE USER MAPPING FOR app SERVER far OPTIONS ([redacted]);',
  ],
  [
    'brackets and doubled quotes within',
    `ALTER SERVER far OPTIONS (SET host 'a)b', ADD password 'x'')hunter2'); DROP TABLE t`,
    'ALTER SERVER far OPTIONS ([redacted]); DROP TABLE t',
  ],
  ['an option list cut short', `OPTIONS (user 'app', password 'hunter2`, 'OPTIONS ([redacted]'],
  ['an E string', String.raw`OPTIONS (password E'x\')hunter2') -- end`, 'OPTIONS ([redacted]) -- end'],
  ['a dollar quote', `OPTIONS (password $s$x')hunter2$s$) end`, 'OPTIONS ([redacted]) end'],
  ['no conforming strings', String.raw`OPTIONS (a 'x\', password 'hunter2') end`, 'OPTIONS ([redacted]'],
  [
    'options of a CQL role',
    `WITH OPTIONS = {'a': '}', 'b': 'hunter2'} AND LOGIN`,
    'WITH OPTIONS = {[redacted]} AND LOGIN',
  ],
  [
    'a subscription',
    `CREATE SUBSCRIPTION s CONNECTION 'host=far password=''a hunter2''' PUBLICATION p`,
    'CREATE SUBSCRIPTION s CONNECTION [redacted] PUBLICATION p',
  ],
  [
    'a connection that the server cannot read',
    `ERROR: invalid connection string syntax: missing "=" after "hunter2" in connection info string`,
    'ERROR: invalid connection string syntax: missing "=" after [redacted] in connection info string',
  ],
  ['a role', `ALTER ROLE app PASSWORD 'hunter2' VALID UNTIL 'x'`, `ALTER ROLE app PASSWORD [redacted] VALID UNTIL 'x'`],
  ['a password in E quotes', `ENCRYPTED PASSWORD E'a\\'hunter2' LOGIN`, 'ENCRYPTED PASSWORD [redacted] LOGIN'],
  ['a password in dollar quotes', "PASSWORD $$it's hunter2$$ LOGIN", 'PASSWORD [redacted] LOGIN'],
  ['a password cut short', `ALTER ROLE app PASSWORD 'hunter2 and`, 'ALTER ROLE app PASSWORD [redacted]'],
  [
    'CQL',
    `CREATE ROLE app WITH PASSWORD = 'hunter2' AND LOGIN = true`,
    'CREATE ROLE app WITH PASSWORD = [redacted] AND LOGIN = true',
  ],
  [
    'a setting',
    `ALTER DATABASE d SET "app.jwt_secret" TO 'hunter2'`,
    `ALTER DATABASE d SET "app.jwt_secret" TO [redacted]`,
  ],
  [
    'a connection string',
    `host=far user=app password=hunter2 dbname=d`,
    'host=far user=app password=[redacted] dbname=d',
  ],
  ['one with quotes', String.raw`host=far password='a\'hunter2' dbname=d`, 'host=far password=[redacted] dbname=d'],
  ['one with an escaped space', String.raw`password=a\ hunter2 dbname=d`, 'password=[redacted] dbname=d'],
  [
    'one within SQL',
    `dblink('host=far password=''a hunter2'' dbname=d')`,
    `dblink('host=far password=[redacted] dbname=d')`,
  ],
  ['the key of a certificate', `sslpassword=hunter2 sslmode=require`, 'sslpassword=[redacted] sslmode=require'],
  ['a URL', `postgres://app:hunter2@far:5433/d?x=y`, 'postgres://[redacted]far:5433/d?x=y'],
  ['a URL with signs in its password', `postgres://app:a/b#hunter2@far/d`, 'postgres://[redacted]far/d'],
  [
    'a signed URL',
    `GET https://store/b/k?X-Amz-Credential=AKIA/1&X-Amz-Signature=hunter2&x-id=GetObject failed`,
    'GET https://store/b/k?X-Amz-Credential=[redacted]&X-Amz-Signature=[redacted]&x-id=GetObject failed',
  ],
  [
    'a shared access signature',
    `https://store/c/k?sv=1&sig=hunter2&se=2`,
    'https://store/c/k?sv=1&sig=[redacted]&se=2',
  ],
  [
    'a header',
    `Authorization: AWS4-HMAC-SHA256 Credential=A, Signature=hunter2\nHost: x`,
    'Authorization: [redacted]\nHost: x',
  ],
  ['a bearer', 'sent Bearer eyJhunter2hunter2hunter2 to it', 'sent Bearer [redacted] to it'],
  ['JSON', `{"user":"app","password":"a\\"hunter2","x":1}`, '{"user":"app","password":[redacted],"x":1}'],
  [
    'JSON in JSON',
    String.raw`"{\"password\":\"a\\\"hunter2\",\"x\":1}"`,
    String.raw`"{\"password\":[redacted],\"x\":1}"`,
  ],
  ['keys of the store', `{ secretAccessKey: 'hunter2', region: 'x' }`, `{ secretAccessKey: [redacted], region: 'x' }`],
  ['YAML', `  password: correct hunter2 horse\n  host: x`, '  password: [redacted]\n  host: x'],
  ['the environment', `PGPASSWORD=hunter2 ysqlsh`, 'PGPASSWORD=[redacted] ysqlsh'],
  ['an option of a command', `tool --password hunter2 --host x`, 'tool --password [redacted] --host x'],
  ['a verifier', `rolpassword | SCRAM-SHA-256$4096:hunter2$a:b |`, 'rolpassword | [redacted] |'],
  ['a private key', `-----BEGIN PRIVATE KEY-----\nhunter2`, '[redacted]'],
  [
    'a document that is none',
    `Unexpected token 'h', ..."abc hunter2"... is not valid JSON`,
    `Unexpected token 'h', [redacted] is not valid JSON`,
  ],
];

const ROWS: readonly [what: string, text: string, shown: string][] = [
  [
    'a value of the wrong type',
    `ERROR: invalid input syntax for type integer: "hunter2"`,
    'ERROR: invalid input syntax for type integer: [redacted]',
  ],
  [
    'one over two lines',
    `invalid input syntax for type double precision: "a\nhunter2"`,
    'invalid input syntax for type double precision: [redacted]',
  ],
  ['a literal named as an error', `syntax error at or near "'hunter2'"`, 'syntax error at or near "[redacted]"'],
  [
    'one without an end',
    `unterminated quoted string at or near "'hunter2\nmore`,
    'unterminated quoted string at or near "[redacted]',
  ],
  ['an excerpt of psql', `psql:x:1: LINE 1: ...ord 'hunter2', 'y');\nHINT: z`, 'psql:x:1: LINE 1: [redacted]\nHINT: z'],
  ['the middle of a literal', `LINE 1: ...hunter2 and so on`, 'LINE 1: [redacted]'],
  [
    'rows that are inserted',
    `INSERT INTO t (a) VALUES ('x)'), ('hunter2'); SELECT 1`,
    'INSERT INTO t (a) VALUES ([redacted]); SELECT 1',
  ],
  [
    'the CQL shell',
    `ParseError - Failed to parse hunter2 : invalid literal,  given up without retries`,
    'ParseError - Failed to parse [redacted],  given up without retries',
  ],
];

describe('redact', () => {
  it.each(SECRETS)('22.7: %s shows no secret', (_, text, shown) => {
    expect(redact(text)).toBe(shown);
  });

  it.each(ROWS)('22.7: %s shows no row', (_, text, shown) => {
    expect(redact(text)).toBe(shown);
  });

  it.each([
    'Could not read rows in database "orders": password authentication failed for user "yugabyte" (28P01).',
    'fe_sendauth: no password supplied',
    'ysql.passwordFile is wrong, it must be the path of a file: /run/secrets/ysql',
    'ysql.secret: there is no such database. Look for it with kalpa inspect.',
    'public.tokens has 5 rows, and the backup recorded 6',
    'column "password" of relation "users" does not exist',
    "Unexpected token 'a' at position 3",
    'allowed options (database, tables)',
    'The web page http://yb-1.internal:7000/tablet-servers?raw did not answer.',
    'http://127.0.0.1:8233/namespaces/default/workflows/backup%2Fdemo%2Fysql.orders',
    'SET SESSION AUTHORIZATION app;',
    `CREATE TABLE p PARTITION OF t FOR VALUES IN ('north')`,
    'syntax error at or near "begin"',
    'LINE 1: SELECT nosuch FROM t',
    'digest md5sum-1:00:11',
  ])('leaves a message that holds none: %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('22.7: hides a value wherever the text is cut', () => {
    for (const [, text] of SECRETS.filter(([, text]) => /^(CREATE|ALTER|OPTIONS|host|ENCRYPTED|PASSWORD)/.test(text))) {
      for (let end = text.indexOf('hunter2') + 1; end <= text.length; end += 1) {
        expect(redact(text.slice(0, end))).not.toMatch(/hun/);
      }
    }
  });

  it('changes nothing more when it is applied again, and never throws', () => {
    const pieces = fc.constantFrom(
      ...[...SECRETS, ...ROWS].map(([, text]) => text),
      ...["'", '"', '$$', '(', ')', '\\', "''", 'OPTIONS (', 'PASSWORD ', '=', ': ', '://', '@', ' ', '\n'],
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 8 }), (parts) => {
        const once = redact(parts.join(''));
        expect(redact(once)).toBe(once);
      }),
      { numRuns: 300 },
    );
  });

  it('22.7: no password is shown, whatever its characters, if the SQL quotes it correctly', () => {
    const password = fc.string({ minLength: 3 }).map((text) => `kqz${text.replace(/\0/g, '')}zqk`);
    const sql = (text: string) => [
      `ALTER ROLE a PASSWORD '${text.replaceAll("'", "''")}' LOGIN`,
      `ALTER ROLE a PASSWORD E'${text.replace(/[\\']/g, '\\$&')}' LOGIN`,
      `CREATE USER MAPPING FOR a SERVER s OPTIONS (user 'a', password '${text.replaceAll("'", "''")}', x 'y')`,
      `CREATE SUBSCRIPTION s CONNECTION 'password=''${text.replace(/[\\']/g, '\\$&').replaceAll("'", "''")}''' PUBLICATION p`,
      JSON.stringify({ a: 1, password: text, b: 2 }),
    ];
    fc.assert(
      fc.property(password, (text) => {
        for (const statement of sql(text)) expect(redact(statement)).not.toMatch(/kqz|zqk/);
      }),
      { numRuns: 300 },
    );
  });

  it('stays quick with the worst of texts', () => {
    const began = performance.now();
    for (const piece of [
      'password',
      'password=',
      "password '",
      'OPTIONS (',
      '://a:',
      'a'.repeat(10),
      "INSERT INTO VALUES ('",
    ])
      redact(piece.repeat(Math.ceil(100_000 / piece.length)));
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});

describe('excerpt', () => {
  it('22.7: redacts before it shortens', () => {
    const text = `CREATE USER MAPPING FOR ${'a'.repeat(100)} SERVER s OPTIONS (password '${'hunter2'.repeat(200)}', x 'y')`;
    expect(excerpt(text, 130)).not.toContain('hunt');
    expect(excerpt(`${text} and more`, 4000)).toMatch(/OPTIONS \(\[redacted\]\) and more$/);
    expect(excerpt(`  one\n\0 two ${'x'.repeat(50)}`, 10)).toBe('one two xx …');
  });
});

describe('redactFields', () => {
  it('22.7: of what is logged, hides fields named like a secret and secrets in texts and errors', () => {
    const cause = Object.assign(new Error('password=hunter2'), { request: { signature: 'hunter2' } });
    const error = new Error("OPTIONS (password 'hunter2')", { cause });
    const circular: Record<string, unknown> = { n: 1n };
    circular['self'] = circular;
    const logged = redactFields({
      runId: 'r1',
      password: SECRET,
      nested: [{ url: 'pg://a:hunter2@h' }],
      error,
      circular,
    });
    expect(JSON.stringify(logged)).not.toContain('hunter2');
    expect(logged).toMatchObject({
      runId: 'r1',
      password: '[redacted]',
      nested: [{ url: 'pg://[redacted]h' }],
      error: { type: 'Error', message: 'OPTIONS ([redacted])', cause: { message: 'password=[redacted]' } },
      circular: { n: '1', self: '…' },
    });
  });
});

describe('redactFailure', () => {
  it('22.7: redacts message, stack, details and causes in place', () => {
    const cause = new Error('password=hunter2');
    const error = Object.assign(new Error("PASSWORD 'hunter2'", { cause }), {
      details: [{ field: "PASSWORD 'hunter2'" }],
    });
    expect(redactFailure(error)).toBe(error);
    expect(error).toMatchObject({ message: 'PASSWORD [redacted]', details: [{ field: 'PASSWORD [redacted]' }] });
    expect(`${error.stack}${cause.stack}${cause.message}`).not.toContain('hunter2');
  });
});
