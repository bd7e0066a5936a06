// Makes what no two installations may share: passwords, the store's keys, the key that signs backups. Run by docker-compose.yml
// before everything else, at each start: what is there is kept, what is missing is made, what depends on it is written anew.
//
//   first-start.mjs <folder of the templates> <folder of the volumes>
//
// Each service sees its own volume alone, with files of mode 0600 that belong to the user it runs as. Only to give them away does
// this need root; as another user it makes the same files for itself.
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Users of the images: `postgres`, `temporal`, one of SeaweedFS, and the one that Dockerfile makes for the database and its workers. */
const USERS = { postgres: 70, temporal: 1000, seaweedfs: 1000, yugabyte: 10001 };
const NODES = [1, 2, 3];

const [templates, volumes] = process.argv.slice(2);
if (templates === undefined || volumes === undefined) {
  console.error('Name two folders: first-start.mjs <folder of the templates> <folder of the volumes>');
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
  s3: kept('seaweedfs-secrets', 'secret-key', USERS.seaweedfs, password),
  signing: kept('control-worker-config', 'signing.pem', USERS.yugabyte, signingKey),
};

written('temporal-secrets', 'postgres-password', USERS.temporal, secrets.postgres);
written(
  'seaweedfs-secrets',
  's3.json',
  USERS.seaweedfs,
  JSON.stringify({
    identities: [
      {
        name: 'kalpa',
        credentials: [{ accessKey: 'kalpa', secretKey: secrets.s3 }],
        actions: ['Admin', 'Read', 'Write', 'List', 'Tagging'],
      },
    ],
  }),
);

// The public key goes into every configuration, the private one to the control worker alone, and so do the database's passwords.
const signing = `\nsigning:\n  publicKeys: ['${publicKeyOf(secrets.signing)}']\n`;
const credentials = `[default]\naws_access_key_id = kalpa\naws_secret_access_key = ${secrets.s3}\n`;
const template = (name) => readFileSync(join(templates, name), 'utf8').trimEnd();
for (const [name, value] of [
  ['kalpa.yaml', `${template('kalpa.yaml')}${signing}  privateKeyFile: signing.pem\n`],
  ['ysql-password', secrets.ysql],
  ['ycql-password', secrets.ycql],
  ['aws-credentials', credentials],
])
  written('control-worker-config', name, USERS.yugabyte, value);
for (const node of NODES) {
  const volume = `node-worker-${node}-config`;
  written(volume, 'kalpa.yaml', USERS.yugabyte, `${template(`kalpa-node-${node}.yaml`)}${signing}`);
  written(volume, 'aws-credentials', USERS.yugabyte, credentials);
}

// A new volume belongs to root: it is given to whoever keeps its data there.
for (const node of NODES) given(`yb-${node}`, USERS.yugabyte);
given('temporal-postgres', USERS.postgres);
given('conformance', USERS.yugabyte);
given('seaweedfs', USERS.seaweedfs);
console.log('secrets and configurations are in place');

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
