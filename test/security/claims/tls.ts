import type { Section } from './section';

/** Of the section “TLS”. */
export const tls: Section = {
  claims: [
    [
      'no connection is made. Preflight refuses with one finding',
      'security/servers/hostile-sql-server',
      '23.7: without an authority nobody is asked at all by %s',
    ],
    [
      'gets no password, neither in clear nor hashed, and there is no second attempt without TLS',
      'security/servers/hostile-sql-server',
      '23.7: gets no password by %s',
    ],
    [
      '`require` without `rootCert` encrypts for whoever answers: it is no verification',
      'security/servers/hostile-sql-server',
      '23.7: "require" without an authority verifies nothing, by %s',
    ],
    [
      'no password from `~/.pgpass`, and no Kerberos instead of TLS',
      'security/servers/hostile-sql-server',
      '23.7: a tool finds no password or Kerberos ticket of its own',
    ],
    [
      '`https` where there is a section `tls`',
      'security/servers/https-pages',
      '23.7: where the nodes speak TLS the pages are read with https, verified by ca.crt of their folder',
    ],
    [
      '`ycqlsh` gets `SSL_CERTFILE` and `SSL_VALIDATE=true`',
      'security/servers/hostile-ycql-server',
      '23.7: for a server that proves its name the shell has to verify too',
    ],
    [
      'A password is sent to another machine only after its server has proved its name',
      'security/servers/hostile-sql-server',
      '23.7: whom the password is for',
    ],
    [
      '`::1` and Unix sockets count as the same machine',
      'security/servers/hostile-sql-server',
      '23.7: on the loopback address TLS is not asked for by %s',
    ],
    [
      '`sslmode: disable` sends the password in clear',
      'worker/exposed-connections',
      '23.7: YSQL elsewhere with %s is reported',
    ],
    ['which is taken as `prefer`', 'worker/exposed-connections', 'where it refuses TLS'],
    ['trust every server of that authority', 'worker/exposed-connections', 'does not compare the name'],
    ['weaken it as well', 'worker/exposed-connections', '23.7: Temporal elsewhere'],
    [
      'each worker logs a warning when it starts',
      'worker/exposed-connections',
      '23.7: a worker that starts says it all',
    ],
    [
      'verifies the name; only the handshake is sent on it',
      'security/servers/hostile-ycql-server',
      '23.7: tells a server that %s nothing',
    ],
    ['| YSQL: our own sessions', 'security/servers/hostile-sql-server', '23.7: whom the password is for'],
    ['| YCQL: our own sessions, `ycqlsh`', 'security/servers/hostile-ycql-server', '23.7: no TLS is asked for %s'],
    ['| masters and tservers: `yb-admin`', 'worker/exposed-connections', '23.7: masters and web pages elsewhere'],
    [
      '| web pages of masters and tservers',
      'security/servers/https-pages',
      '23.7: an authority of the pages alone goes before that of the nodes',
    ],
    ['| the store |', 'worker/exposed-connections', '23.7: a store elsewhere that is spoken to in clear'],
    ['| Temporal |', 'worker/exposed-connections', '23.7: Temporal elsewhere'],
  ],
  explains: [
    'The authority of a YugabyteDB cluster',
    '**`ycqlsh` does not verify host names**',
    '**libpq before PostgreSQL 15**',
  ],
  advises: ['Give `ysql.host` as a name'],
  remains: ['An attacker who holds another certificate'],
  opens: ['**Anything weaker must be configured'],
};
