import { z } from 'zod';
import { clusterName } from '../contract/fields/cluster-name';
import { policiesSchema } from '../contract/retention/policies';
import { timingSchema } from '../contract/timing';
import { size } from './size';

const address = (example: string) => {
  const form = `an address with a port, such as ${example}`;
  return z.string({ error: form }).regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+):\d{1,5}$/, { error: form });
};
const text = (problem: string) => z.string({ error: problem }).min(1, { error: problem });
const port = z
  .int({ error: 'a port from 1 to 65535' })
  .min(1, { error: 'a port from 1 to 65535' })
  .max(65535, { error: 'a port from 1 to 65535' });
const yesOrNo = z.boolean({ error: 'true or false' });
const file = text('the path of a file');
const host = text('a host name');

const ysql = z.strictObject({
  host: host.describe('A node that takes YSQL connections.'),
  port: port.default(5433),
  user: text('a role')
    .default('yugabyte')
    .describe('Must be a superuser: it reads every database and sets owners on a restore.'),
  database: text('a database').default('yugabyte').describe('The one to connect to first.'),
  passwordFile: file.optional().describe('File with the password and nothing else. Read at each use, never logged.'),
  sslmode: z
    .enum(['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'], {
      error: 'disable, allow, prefer, require, verify-ca or verify-full',
    })
    .optional()
    .describe(
      'As in libpq, but `allow` is taken as `prefer`. Only `verify-full` proves that the server is `host`; `verify-ca` proves its authority; `require` without `rootCert` encrypts for whoever answers; the others may send the password in clear. Default: `verify-full` where there is a password or `rootCert` and `host` is not the loopback address, else `prefer`.',
    ),
  rootCert: file
    .optional()
    .describe('PEM of the authority that signed the YSQL certificates. `verify-ca` and `verify-full` need it.'),
  confineLoads: yesOrNo
    .default(true)
    .describe(
      'Loads of dumps connect as a role of their own, made for the load with a password, which owns the new database and has no other right. False: everything of a dump runs as `user`.',
    ),
});

const ycql = z.strictObject({
  host: host.describe('A node that takes YCQL connections.'),
  port: port.default(9042),
  user: text('a role')
    .optional()
    .describe('With authentication: a superuser, or one that may read every keyspace and create new ones.'),
  passwordFile: file.optional().describe('File with the password and nothing else. Read at each use, never logged.'),
  ssl: yesOrNo
    .optional()
    .describe(
      'TLS, with the certificate verified against `rootCert`. Default: true where there is a `rootCert`, or a password and `host` is not the loopback address.',
    ),
  rootCert: file.optional().describe('PEM of the authority that signed the YCQL certificates. TLS needs it.'),
});

const http = z.strictObject({
  masters: z
    .array(address('yb-1.internal:7000'))
    .min(1)
    .optional()
    .describe('Web addresses of the masters. Default: their hosts with port 7000.'),
  tserverPort: port.default(9000).describe('Used where the masters do not tell the web address of a tserver.'),
  tls: yesOrNo.optional().describe('`https` instead of `http`. Default: true where there is a section `tls`.'),
  rootCert: file
    .optional()
    .describe(
      "PEM of the authority that signed the pages' certificates. Default: `ca.crt` of `tls.certsDir`, else the authorities of Node.js.",
    ),
});

const tls = z.strictObject({
  certsDir: text('the path of a folder').describe(
    'Certificates of the nodes: `ca.crt`, which yb-admin verifies by, and those that it presents.',
  ),
  clientNode: text('a host name').optional().describe('Whose certificate of that folder to present.'),
});

/**
 * Where the objects are. Path segments that a proxy or store would resolve to another place are refused, and so are
 * credentials in the address.
 */
const repositoryUrl = z.string({ error: 's3://<bucket>/<prefix>' }).superRefine((url, context) => {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]*)(?:\/(.*))?$/s.exec(url) ?? [];
  const refuse = (message: string): void => {
    context.addIssue({ code: 'custom', message });
  };
  if (bucket === undefined || bucket === '') refuse('s3://<bucket>/<prefix>');
  else if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(bucket))
    refuse('s3://<bucket>/<prefix> with the name of a bucket alone before the slash, no keys and no port');
  if (prefix === '') return;
  const parts = prefix.replace(/\/$/, '').split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    refuse('s3://<bucket>/<prefix> with a prefix that has no empty part and no "." or ".."');
  else if (/[\s\\?#%\u0000-\u001f\u007f]/.test(prefix))
    refuse('s3://<bucket>/<prefix> with a prefix without spaces, control characters and \\ ? # %');
});

/** A path would be mistaken for a part of the bucket's name. */
const endpoint = z
  .url({ protocol: /^https?$/, error: 'an address such as https://s3.example.com' })
  .superRefine((address, context) => {
    if (!URL.canParse(address)) return;
    const { username, password, pathname, search, hash } = new URL(address);
    const refuse = (message: string): void => {
      context.addIssue({ code: 'custom', message });
    };
    if (username !== '' || password !== '')
      refuse('an address without keys in it; they come from the AWS default chain');
    if (pathname !== '/' || search !== '' || hash !== '')
      refuse('an address without a path, such as https://s3.example.com; bucket and prefix stand in repository.url');
  });

const repository = z.strictObject({
  url: repositoryUrl.describe('Bucket and prefix of the repository: `s3://bucket/prefix`.'),
  region: text('a region such as eu-west-1').default('us-east-1'),
  endpoint: endpoint.optional().describe('A store other than AWS; an address without a path.'),
  forcePathStyle: yesOrNo
    .optional()
    .describe('Bucket in the path, not in the host name. Default: true where an endpoint is given.'),
  sse: z
    .strictObject({
      algorithm: z.enum(['AES256', 'aws:kms'], { error: 'AES256 or aws:kms' }),
      keyId: text('the id of a key').optional(),
    })
    .optional()
    .describe('Encryption that the store applies.'),
  objectLock: z
    .strictObject({
      mode: z
        .enum(['governance', 'compliance'], { error: 'governance or compliance' })
        .describe(
          '`governance`: who has a special right (`s3:BypassGovernanceRetention`) may delete still; `compliance`: nobody, the owner of the account neither.',
        ),
      days: z
        .int({ error: 'a whole number of days' })
        .min(1, { error: 'a whole number of days' })
        .describe('At least so long; longer where a backup or a policy promises it.'),
    })
    .optional()
    .describe(
      'Locks everything that a backup or a dump needs in a bucket with object lock: [object lock](../keep-and-delete.md#object-lock). For control workers; nodes learn it from them.',
    ),
  caFile: file.optional().describe("PEM of the authority that signed the store's certificate."),
  allowUnsafeStore: yesOrNo
    .optional()
    .describe('Turns the refusal of a store that fails the probe into a warning on every backup.'),
});

const PUBLIC_KEY = '"ed25519:" and a key in base64, as `kalpa keys create` prints it';

const signing = z.strictObject({
  publicKeys: z
    .array(z.string({ error: PUBLIC_KEY }).regex(/^ed25519:[A-Za-z0-9+/]{43}=$/, { error: PUBLIC_KEY }))
    .min(1, { error: 'at least one key' })
    .describe('Whose records are believed, for every worker and reader. Add the new key before the old one goes.'),
  privateKeyFile: file
    .optional()
    .describe(
      'On a control worker alone: the key that signs, PEM, mode 0600 or 0640. Instead: `KALPA_SIGNING_KEY` in its environment.',
    ),
});

const node = z.strictObject({
  address: address('yb-1.internal:9100').describe("The tserver's RPC address, as the masters list it."),
  http: address('yb-1.internal:9000').optional().describe('Its web address, for proof of identity.'),
  dataDirs: z
    .array(text('the path of a folder'))
    .min(1, { error: 'at least one folder' })
    .describe("The tserver's fs_data_dirs."),
  limits: z
    .strictObject({
      bytesPerSecond: size.optional().describe('Ceiling over all runs; MB = 10⁶ bytes. Default: none.'),
      parallelism: z
        .int({ error: 'a whole number from 1 to 64' })
        .min(1)
        .max(64)
        .optional()
        .describe('Requests in flight, ceiling over all runs.'),
    })
    .prefault({}),
});

const log = z.strictObject({
  format: z
    .enum(['text', 'json'], { error: 'text or json' })
    .default('text')
    .describe('One line an event, either way.'),
  level: z
    .enum(['debug', 'info', 'warn', 'error'], { error: 'debug, info, warn or error' })
    .default('info')
    .describe('The least that is written.'),
});

/** `kalpa.yaml`. Unknown keys are refused, so that a typo never passes for a default. */
export const kalpaConfigSchema = z.strictObject({
  cluster: clusterName.describe(
    'Name of the cluster: in task queues, workflow ids and keys of the bucket. Never change it.',
  ),
  masters: z
    .array(address('yb-1.internal:7100'))
    .min(1, { error: 'at least one address' })
    .describe('RPC addresses of all masters.'),
  tools: text('the path of a folder')
    .optional()
    .describe('Folder with yb-admin, ysql_dump, ysql_dumpall, ycqlsh. Default: PATH.'),
  ysql: ysql.describe('How YSQL is reached.'),
  ycql: ycql.optional().describe('How YCQL is reached; without it, operations on keyspaces are refused.'),
  http: http.prefault({}).describe('Web pages of masters and tservers.'),
  tls: tls.optional().describe('Node-to-node encryption: what the tools need.'),
  repository: repository.describe('The bucket. Credentials come from the AWS default chain, never from this file.'),
  signing: signing
    .optional()
    .describe('Keys that sign the manifests; without them, whoever may create objects in the bucket is believed.'),
  node: node.optional().describe('Only for `kalpa worker node`: the tserver that it runs beside.'),
  log: log.prefault({}).describe("A worker's lines on its standard output."),
  metrics: address('127.0.0.1:9464').optional().describe('Where a worker serves Prometheus metrics. Default: nowhere.'),
  timing: timingSchema.prefault({}).describe('Every time-out, poll interval and retry pause.'),
  policies: policiesSchema
    .optional()
    .describe('What is kept: [keep and delete](../keep-and-delete.md). Recorded in the bucket by `kalpa retain`.'),
});

/** `kalpa.yaml` as read: defaults filled in, sizes in bytes, paths absolute. */
export type KalpaConfig = z.output<typeof kalpaConfigSchema>;
