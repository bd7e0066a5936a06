// Makes what no two installations may share: passwords, the store's keys, the keys that sign. Run by docker-compose.yml
// before everything else, at each start: what is there is kept, what is missing is made, what depends on it is written anew.
//
//   first-start.mjs <folder of the templates> <folder of the volumes> [<marker>]
//
// With a marker it makes that file when everything is in place, gives up root and stays: `docker compose up
// --exit-code-from` stops everything as soon as any container ends. Each service sees its own volume alone, with files of mode 0600 that belong to the user it runs as. Only to give them away does
// this need root; as another user it makes the same files for itself.
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Users of the images: `postgres`, `temporal`, one of SeaweedFS, and the one that Dockerfile makes for the database and its workers. */
const USERS = { postgres: 70, temporal: 1000, seaweedfs: 1000, yugabyte: 10001 };
const NODES = [1, 2, 3];

const NOBODY = 65534;

const [templates, volumes, marker] = process.argv.slice(2);
if (templates === undefined || volumes === undefined) {
  console.error('Name two folders: first-start.mjs <folder of the templates> <folder of the volumes> [<marker>]');
  process.exit(2);
}

// Letters and digits: they stand in YAML, in URLs and in a shell, and nothing of them needs quotes.
const password = () => randomBytes(24).toString('hex');
const signingKey = () => generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
const publicKeyOf = (pem) =>
  `ed25519:${Buffer.from(createPublicKey(pem).export({ format: 'jwk' }).x, 'base64url').toString('base64')}`;

const secrets = {
  postgres: kept('temporal-postgres-secrets', 'password', USERS.postgres, password),
  ysql: kept('yugabyte-secrets', 'ysql-password', USERS.yugabyte, password),
  ycql: kept('yugabyte-secrets', 'ycql-password', USERS.yugabyte, password),
  signing: kept('control-worker-config', 'signing.pem', USERS.yugabyte, signingKey),
  janitorSigning: kept('janitor-worker-config', 'signing.pem', USERS.yugabyte, signingKey),
};
/** A key of the store for each role, with that role's rights and no more. The bucket is made without one, inside the store. */
const ROLES = ['node', 'control', 'reader', 'janitor'];
const storeKeys = Object.fromEntries(
  ROLES.map((role) => [role, kept('seaweedfs-secrets', `${role}-key`, USERS.seaweedfs, password)]),
);
const rights = JSON.parse(readFileSync(join(templates, 's3-rights.json'), 'utf8'));

written('temporal-secrets', 'postgres-password', USERS.temporal, secrets.postgres);
written(
  'seaweedfs-secrets',
  's3.json',
  USERS.seaweedfs,
  JSON.stringify({
    identities: ROLES.map((role) => ({
      name: `kalpa-${role}`,
      credentials: [{ accessKey: `kalpa-${role}`, secretKey: storeKeys[role] }],
      policyNames: [role],
    })),
    policies: ROLES.map((role) => ({ name: role, content: JSON.stringify(rights[role]) })),
  }),
);

// The public keys go into every configuration, each private one to its worker alone, and the database's passwords to the control worker.
const publicKeys = [secrets.signing, secrets.janitorSigning].map((pem) => `'${publicKeyOf(pem)}'`).join(', ');
const signing = `\nsigning:\n  publicKeys: [${publicKeys}]\n`;
const signs = '  privateKeyFile: signing.pem\n';
const template = (name) => readFileSync(join(templates, name), 'utf8').trimEnd();
const credentials = (role) =>
  `[default]\naws_access_key_id = kalpa-${role}\naws_secret_access_key = ${storeKeys[role]}\n`;
/** What one worker, or who only reads, is given. */
function configured(volume, role, yaml, files = {}) {
  for (const [name, value] of Object.entries({ 'kalpa.yaml': yaml, 'aws-credentials': credentials(role), ...files }))
    written(volume, name, USERS.yugabyte, value);
}
configured('control-worker-config', 'control', `${template('kalpa.yaml')}${signing}${signs}`, {
  'ysql-password': secrets.ysql,
  'ycql-password': secrets.ycql,
});
configured('janitor-worker-config', 'janitor', `${template('kalpa-bucket.yaml')}${signing}${signs}`);
configured('reader-config', 'reader', `${template('kalpa-bucket.yaml')}${signing}`);
for (const node of NODES)
  configured(`node-worker-${node}-config`, 'node', `${template(`kalpa-node-${node}.yaml`)}${signing}`);

// A new volume belongs to root: it is given to whoever keeps its data there.
for (const node of NODES) given(`yb-${node}`, USERS.yugabyte);
given('temporal-postgres', USERS.postgres);
given('conformance', USERS.yugabyte);
given('conformance-calls', USERS.yugabyte);
given('seaweedfs', USERS.seaweedfs);
console.log('secrets and configurations are in place');
if (marker !== undefined) stay(marker);

/** What stands in a file since an earlier start, else what is made now. An empty file is one that a killed start left. */
function kept(volume, name, user, make) {
  const file = join(volumes, volume, name);
  const there = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return written(volume, name, user, there === '' ? String(make()) : there);
}

/** Writes a file whole or not at all. */
function written(volume, name, user, text) {
  const folder = given(volume, user);
  const file = join(folder, name);
  const building = `${file}.new`;
  writeFileSync(building, text, { mode: 0o600 });
  chmodSync(building, 0o600); // one that a killed start left keeps its mode otherwise
  own(building, user);
  renameSync(building, file);
  return text;
}

/** A volume, for one user alone. */
function given(volume, user) {
  const folder = join(volumes, volume);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  own(folder, user);
  return folder;
}

function own(path, user) {
  if (process.getuid?.() === 0) chownSync(path, user, user);
}

/** Says that everything is in place, and gives up every right. As a container's first process it must end itself. */
function stay(file) {
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0));
  setInterval(() => {}, 2 ** 30);
  writeFileSync(file, '');
  if (process.getuid?.() !== 0) return;
  process.setgroups([]);
  process.setgid(NOBODY);
  process.setuid(NOBODY);
}
