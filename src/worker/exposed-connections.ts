import type { KalpaConfig, TemporalSettings } from '../config';
import {
  hostOf,
  isLoopback,
  missingAuthority,
  missingYcqlAuthority,
  usesHttps,
  ycqlUsesTls,
  ysqlTls,
} from '../yugabyte';
import type { WorkerLog } from './log';

/** A connection on which an eavesdropper can learn or change something. */
export interface ExposedConnection {
  area: 'YSQL' | 'YCQL' | 'masters' | 'web pages' | 'store' | 'Temporal';
  /** `problem`: a password or key, or every row, is exposed to an eavesdropper. */
  status: 'problem' | 'warning';
  message: string;
  cure: string;
}

type Configured = Pick<KalpaConfig, 'masters' | 'ysql' | 'ycql' | 'http' | 'tls' | 'repository'>;
type Temporal = Pick<TemporalSettings, 'address' | 'connectionOptions'>;

/** What `kalpa.yaml` and Temporal's configuration leave unprotected on purpose; opens no connection. */
export function exposedConnections(config: Configured, temporal: Temporal): ExposedConnection[] {
  return [ysql(config), ycql(config), masters(config), pages(config), store(config), temporalServer(temporal)].filter(
    (found) => found !== undefined,
  );
}

/** Logs at the start of a worker what is unprotected, and what it will refuse. */
export function warnOfExposedConnections(config: Configured, temporal: Temporal, log: Pick<WorkerLog, 'warn'>): void {
  for (const problem of refusedConnections(config)) log.warn(`${problem}.`);
  for (const { area, message, cure } of exposedConnections(config, temporal))
    log.warn(`connection to ${area}: ${message}. Better: ${cure}.`);
}

/**
 * Connections that are never made, because the configuration requires proof of the server and does not name an
 * authority.
 */
function refusedConnections({ ysql: sql, ycql: cql }: Pick<Configured, 'ysql' | 'ycql'>): string[] {
  return [missingAuthority(withPassword(sql)), cql && missingYcqlAuthority(withPassword(cql))].filter(
    (problem) => problem !== undefined,
  );
}

/** Only whether there is a password; it is not read. */
const withPassword = <T extends { passwordFile?: string | undefined }>(connection: T) => ({
  ...connection,
  password: connection.passwordFile === undefined ? undefined : '',
});

const exposed = (
  area: ExposedConnection['area'],
  status: ExposedConnection['status'],
  message: string,
  cure: string,
): ExposedConnection => ({ area, status, message, cure });

function ysql({ ysql: { host, passwordFile, sslmode, rootCert } }: Configured): ExposedConnection | undefined {
  if (isLoopback(host)) return undefined;
  const { mode } = ysqlTls(withPassword({ host, passwordFile, sslmode, rootCert }));
  if (mode === 'verify-full') return undefined;
  const cure =
    'ysql.sslmode: verify-full and ysql.rootCert in kalpa.yaml; TLS at the servers (use_client_to_server_encryption)';
  const secret = passwordFile === undefined ? 'statements and rows go' : 'the password of ysql.passwordFile goes';
  const status = passwordFile === undefined ? 'warning' : 'problem';
  if (mode === 'verify-ca' || (mode === 'require' && rootCert !== undefined))
    return exposed(
      'YSQL',
      'warning',
      `sslmode ${mode} does not compare the name in the certificate: ${secret} to any server of that authority that answers for ${host}`,
      cure,
    );
  const how = {
    disable: `in clear to whoever answers for ${host} (sslmode disable)`,
    prefer: `to whoever answers for ${host}, in clear where it refuses TLS (sslmode ${sslmode ?? 'prefer'})`,
    require: `to whoever answers for ${host}: sslmode require without ysql.rootCert encrypts and verifies nothing`,
  }[mode];
  return exposed('YSQL', status, `${secret} ${how}`, cure);
}

function ycql({ ycql: cql }: Configured): ExposedConnection | undefined {
  if (!cql || isLoopback(cql.host) || ycqlUsesTls(withPassword(cql))) return undefined;
  const known = cql.passwordFile !== undefined;
  return exposed(
    'YCQL',
    known ? 'problem' : 'warning',
    `${known ? 'the password of ycql.passwordFile goes' : 'statements and rows go'} in clear to whoever answers for ${cql.host}${cql.ssl === false ? ' (ssl: false)' : ''}`,
    'ycql.ssl: true and ycql.rootCert in kalpa.yaml; TLS at the servers (use_client_to_server_encryption)',
  );
}

function masters({ masters: addresses, tls }: Configured): ExposedConnection | undefined {
  if (tls || addresses.every((address) => isLoopback(hostOf(address)))) return undefined;
  return exposed(
    'masters',
    'warning',
    'yb-admin connects to them without TLS: an attacker on the network can change its requests and their answers',
    'node-to-node encryption (use_node_to_node_encryption), and its certificates in tls.certsDir',
  );
}

function pages(config: Configured): ExposedConnection | undefined {
  const web = config.http.masters ?? config.masters;
  if (usesHttps(config) || web.every((address) => isLoopback(hostOf(address)))) return undefined;
  return exposed(
    'web pages',
    config.tls ? 'problem' : 'warning',
    `they are read in clear${config.http.tls === false ? ' (http.tls: false)' : ''}: an attacker on the network can change which nodes and tablets Kalpa sees`,
    'https at masters and tservers (webserver_certificate_file), and http.tls: true with http.rootCert',
  );
}

function store({ repository: { endpoint } }: Configured): ExposedConnection | undefined {
  if (endpoint === undefined || !URL.canParse(endpoint)) return undefined;
  const { protocol, hostname } = new URL(endpoint);
  if (protocol === 'https:' || isLoopback(hostname)) return undefined;
  return exposed(
    'store',
    'problem',
    `${endpoint} is used without TLS: the rows of every backup and a session token can be read on the network, and objects changed`,
    'a store with https in repository.endpoint, with repository.caFile where its authority is private',
  );
}

function temporalServer({ address, connectionOptions: { tls, apiKey } }: Temporal): ExposedConnection | undefined {
  if ((tls !== undefined && tls !== false && tls !== null) || isLoopback(hostOf(address))) return undefined;
  const key = apiKey !== undefined;
  return exposed(
    'Temporal',
    key ? 'problem' : 'warning',
    `${key ? 'the API key goes' : 'inputs and results go'} in clear to whoever answers at ${address}, who can also give work to the workers`,
    'TLS at the server, and TEMPORAL_TLS=true or a [tls] table in temporal.toml',
  );
}
