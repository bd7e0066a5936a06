import type { Section } from './section';

/** Of the section “Signatures”. */
export const signatures: Section = {
  claims: [
    [
      'a record of one kind is never accepted as another',
      'security/bucket/signed-manifests',
      '23.2: with a public key, nothing of a record that it did not sign is read:',
    ],
    [
      'the size of a record is limited before it is fetched',
      'security/bucket/signed-manifests',
      'a record larger than any is not even fetched',
    ],
    [
      'its signature is verified before anything in it is parsed',
      'security/fuzz/stored-records',
      'whatever bytes are changed, what is read is what was signed',
    ],
    [
      'accepts exactly this manifest, signed or not',
      'security/bucket/signed-manifests',
      '23.2: restores what is not signed, and only that',
    ],
    [
      "A manifest that can't be read does not stop a sweep, unless a known key has signed it",
      'security/bucket/sweep-attacks',
      '23.5: what someone has created as a manifest that nobody can read',
    ],
    [
      'for which anybody can find signatures (32 bytes of zero, for example), are refused',
      'security/bucket/signature-attacks',
      'no key of few is one, for which anybody finds a signature: %s',
    ],
    [
      '**A known key is valid for every kind**, whoever holds it',
      'security/bucket/retention-attacks',
      'a key that is known signs every kind, whoever holds it',
    ],
    [
      'could sign a tombstone, but its S3 key',
      'stack/store-roles',
      '26.2: tombstones are written by the janitor alone',
    ],
    [
      'a record names its cluster, not its repository',
      'security/bucket/retention-attacks',
      'a record of a repository with the same keys and cluster counts here, so that each needs keys of its own',
    ],
    [
      'counts for the backup and the number in its payload',
      'security/bucket/retention-attacks',
      '23.2: a record of a deletion or a hold counts as what it says itself',
    ],
    [
      'the next change takes the first free name after the last valid one',
      'security/bucket/retention-attacks',
      '%s: a hold holds, its release releases, and a deletion deletes',
    ],
    [
      'The leftovers of a failed backup are deleted only under a name that a backup can have',
      'security/bucket/retention-attacks',
      'deletes nothing where it %s',
    ],
    [
      'a sweep removes only what is named after its own backup',
      'security/bucket/retention-attacks',
      'keeps %s when that backup is swept',
    ],
    ['keeps that one from being swept', 'security/bucket/retention-attacks', 'keeps that one, and stops no other'],
    [
      'They have no other effect on other backups',
      'security/bucket/retention-attacks',
      'a protection record that nobody signed and that never ends only delays',
    ],
    [
      'records count only if one of these keys',
      'security/bucket/signed-manifests',
      '23.2: with a public key, nothing of a record that it did not sign is read:',
    ],
    ['Make a key with `kalpa keys create', 'cli/commands/keys', '23.2: makes a key that a control worker signs with'],
    [
      'in this form to the byte',
      'security/bucket/signed-manifests',
      '23.2: is an envelope of the payload and signatures',
    ],
    ['**A record** is', 'security/bucket/signed-manifests', '23.2: is an envelope of the payload and signatures'],
    [
      'a signed record that is copied to another key is not valid there',
      'security/bucket/signed-records',
      '23.2: a signed record under another name is none:',
    ],
    [
      'first 16 hex digits of the SHA-256 of its 32 bytes',
      'security/bucket/signed-manifests',
      '23.2: is an envelope of the payload and signatures',
    ],
    [
      'which says who signed the record and who was expected',
      'security/bucket/signed-manifests',
      'the message says who was expected, and what to do',
    ],
    [
      '**Rotation**',
      'security/bucket/signed-manifests',
      '23.2: is read with its public key, with that of another rotation too',
    ],
    [
      'Several control workers may sign with different keys meanwhile',
      'security/bucket/signed-manifests',
      '23.2: is committed once, by whichever key of a rotation',
    ],
    [
      'reports the SHA-256 of its payload',
      'security/bucket/signed-manifests',
      '23.2: is of the payload: signing again does not change it',
    ],
    [
      'is never one that no known key has signed',
      'security/bucket/signed-manifests',
      '23.2: is never a forged one, %s, which is named instead',
    ],
    [
      'The restore warns of each that it skipped',
      'e2e/security/forged-content',
      'a forged newest backup is skipped without the key',
    ],
    [
      'for manifests above 64 KiB it verifies no more than that',
      'security/bucket/signed-manifests',
      '23.2: says what is not signed, of %s manifests',
    ],
    [
      '`kalpa show` and every restore verify the whole signature',
      'security/bucket/signed-manifests',
      'whatever bytes of a signed manifest are replaced',
    ],
    [
      'Of many backups it shows what a signed summary repeats',
      'repository/many-backups',
      'show a manifest that was replaced since, or whose key is no longer trusted',
    ],
    [
      'Without keys every backup in the bucket is trusted',
      'cli/doctor/doctor-report',
      '23.2: says what it means that nothing is signed',
    ],
    [
      'which is part of the run',
      'security/bucket/names-taken',
      '23.5: %s is what the history or a manifest names, or refused',
    ],
    ['A node worker has no key', 'security/every-input', '23.2: a node worker reads no private key'],
    [
      'how many were left out, and the name of the first',
      'security/bucket/signed-records',
      '23.2: what is not signed is left out of an answer',
    ],
    [
      'a backup and a restore continue without them',
      'security/bucket/signed-records',
      'stops no restore and no backup',
    ],
    [
      'unsigned backups can be restored if they are pinned',
      'security/bucket/signed-manifests',
      '23.2: restores what is not signed, and only that',
    ],
    ['Other unsigned records no longer count', 'security/bucket/signed-records', '23.2: a snapshot is someone else´s'],
    [
      'ends with `AlreadyExists` at its next record',
      'security/bucket/names-taken',
      '23.5: is never ours: %s ends without a retry, and says what to do',
    ],
    [
      'Without it the change is refused with `PreflightFailed`',
      'client/schedules',
      '23.2: %s is refused before Temporal is changed',
    ],
    [
      'needs the private key of one of `signing.publicKeys`',
      'client/schedules',
      '23.2: what is not recorded can still be paused',
    ],
    [
      'an equal payload signed by a known key comes from its own earlier attempt',
      'security/bucket/signed-records',
      '23.2: is written once where the reply is lost',
    ],
    [
      "is never accepted as the run's own: the step fails with `AlreadyExists` and is not retried",
      'security/bucket/names-taken',
      '23.5: is never ours: %s ends without a retry, and says what to do',
    ],
    [
      'What the run has made is undone, and its outcome is recorded',
      'e2e/security/names-taken',
      '23.2: a backup whose name is taken first',
    ],
    ['a new run has new names', 'e2e/security/names-taken', '23.2: a backup whose name is taken first'],
    [
      'other bytes under their name end the run with `ChecksumMismatch`',
      'transfer/round-trip',
      '23.5: other bytes under a name of ours',
    ],
    [
      "an audit record gets its run's id as well",
      'security/bucket/names-taken',
      '23.5: costs an audit record its plain name, not its life',
    ],
    [', and the backup is still listed as running', 'security/bucket/signed-records', '23.2: of backups the rows stay'],
    ['can make a running backup fail', 'e2e/security/names-taken', '23.2: a backup whose name is taken first'],
    ["Nodes' keys can't", 'stack/store-roles', '23.5: is created by who makes it and by nobody else'],
    [
      'a manifest must name the files that the run has copied',
      'security/bucket/names-taken',
      'without keys one of the same files alone',
    ],
    ['`npm start` makes its own', 'stack/embedded-stack', 'keys/signing.pem'],
    [
      '| `manifests/`, `dump-manifests/`',
      'security/bucket/signed-manifests',
      '23.2: with a public key, nothing of a record that it did not sign is read:',
    ],
    [
      '| `cluster.json`, `cluster-signed.json`',
      'security/bucket/signed-manifests',
      '23.2: an unsigned one, %s, neither allows nor refuses anything',
    ],
    ['| `tombstones/`', 'security/bucket/signed-manifests', '23.5: %s deletes nothing'],
    [
      '| `holds/`, `dump-holds/`',
      'repository/retention/sweep',
      'believes no unsigned tombstone, end, lease, hold or policy',
    ],
    ['| `policies/`', 'repository/retention/sweep', 'believes no unsigned tombstone, end, lease, hold or policy'],
    ['| `intents/`, `dump-intents/`', 'security/bucket/signed-records', '23.2: of backups the rows stay'],
    ['| `closed/`, `dumps-closed/`', 'security/bucket/signed-records', '23.2: of backups the rows stay'],
    [
      '| `dumps/<id>/<part>.json`',
      'security/bucket/signed-records',
      '23.2: a part of an older dump is not taken for one of this dump',
    ],
    ['| `makings/`', 'security/bucket/signed-records', '23.2: a snapshot is someone else´s'],
    ['| `snapshots/`', 'security/bucket/signed-records', '23.2: a snapshot is someone else´s'],
    ['| `point-in-time/`', 'security/bucket/signed-records', '23.2: a snapshot is someone else´s'],
    ['| `schedules/`', 'security/bucket/names-taken', '23.5: can still be changed where someone has dated a record'],
    ['| `operations/`', 'security/bucket/signed-records', '23.2: history'],
    [
      '| `verifications/`, `leases/`, `dump-leases/`',
      'security/bucket/signed-records',
      '23.2: of backups the rows stay',
    ],
    ['| `summaries/`', 'security/bucket/every-kind', '26.8: a record of the kind %s'],
    ['| `repairs/`', 'activities/verification/repair', 'a forged repair changes no content'],
    [
      '| `proofs/`, `dump-proofs/`',
      'security/bucket/forged-proofs',
      '26.8: a forged proof, good or bad, counts nothing',
    ],
    [
      '| `backups/…/files/`, `work/`',
      'security/bucket/names-taken',
      '23.5: %s is what the history or a manifest names, or refused',
    ],
    [
      '| `backups/…/{data,packs}/`',
      'security/bucket/names-taken',
      '23.5: %s is what the history or a manifest names, or refused',
    ],
  ],
  explains: [
    '| `kalpa.json`',
    'The janitor could sign a manifest',
    'It is the only way to restore',
    'Objects are only created, never',
    'Most names contain something',
  ],
  opens: ['What is signed, what it decides'],
};
