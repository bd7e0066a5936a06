import type { Section } from './section';

/** Of the section “Rights in the bucket”. */
export const rights: Section = {
  claims: [
    [
      'the policies deny puts without it, of multipart uploads when they are completed',
      'security/bucket/bucket-policy',
      '23.5: the policy of',
    ],
    [
      'prints the rights of one role for the configured bucket',
      'security/bucket/bucket-policy',
      '23.5: each role is printed by the command line for the configured bucket',
    ],
    [
      '| `node` |',
      'security/bucket/bucket-policy',
      'allows it to create exactly what it writes, and only under unused keys',
    ],
    [
      '| `control` | everything',
      'security/bucket/bucket-policy',
      'allows it to create exactly what it writes, and only under unused keys',
    ],
    [
      '| `reader` |',
      'security/bucket/bucket-policy',
      'allows it to create exactly what it writes, and only under unused keys',
    ],
    [
      '| `janitor` |',
      'security/bucket/bucket-policy',
      'allows it to delete only what it is meant to delete, versions included',
    ],
    [
      'An overwritten manifest is refused if manifests are signed',
      'security/bucket/signed-manifests',
      'whatever bytes of a signed manifest are replaced',
    ],
    [
      "a node's key can't write, replace or delete a manifest or a tombstone",
      'stack/store-roles',
      '23.5: is created by who makes it and by nobody else',
    ],
    ['whoever may create an object there may also overwrite it', 'stack/store-roles', '23.5: what it can not judge'],
    [
      'the policies let nodes and control workers lock what they write of a backup and extend the lock',
      'security/bucket/bucket-policy',
      'allows it to lock what it writes of a backup, and to extend the lock of what it refers to',
    ],
    [
      'without it they grant none of that',
      'security/bucket/bucket-policy',
      'does not allow it to change the bucket, or tags, permissions and locks of objects',
    ],
    [
      "it can't shorten a lock or delete anything",
      'stack/locked-roles',
      '26.8: writers that can not delete back up under lock',
    ],
    [
      "the control worker's policy denies it, whatever the worker could sign",
      'stack/store-roles',
      '26.2: tombstones are written by the janitor alone',
    ],
    [
      'is valid for every kind of record',
      'security/bucket/retention-attacks',
      'a key that is known signs every kind, whoever holds it',
    ],
  ],
  advises: ['Turn one of them on'],
  remains: ['What object lock is for', '**Many stores other than AWS'],
};
