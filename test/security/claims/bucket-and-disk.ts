import type { Section } from './section';

/** Of the sections “What of the bucket is trusted”, “What of a node's disk is trusted”. */
export const bucketAndDisk: Section = {
  claims: [
    // What of the bucket is trusted
    ['no file takes another one', 'security/bucket/file-list-attacks', '23.3: of what stands in one object'],
    [
      'A backup whose lists a restore would refuse is not committed',
      'repository/repository',
      '23.3: reports what a restore would refuse, so that it is not committed',
    ],
    [
      'no object belongs to a backup that the manifest does not refer to',
      'security/bucket/forged-records',
      '23.3: a forged file list is refused before anything is done with it:',
    ],
    [
      'A node worker writes only below the folder of the snapshot that it places, and never through a link',
      'security/bucket/forged-records',
      'a link is not followed, neither as a folder nor as the temporary file',
    ],
    [
      'Input that is nested deeply, has millions of values, is not UTF-8 or is not well-formed Unicode is refused before it is processed',
      'security/fuzz/stored-records',
      '23: what is too much is refused before anything is made of it:',
    ],
    [
      'ends the run with `ManifestInvalid` before anything is changed',
      'security/fuzz/stored-records',
      '%s, only a documented failure or a sound value comes of it',
    ],
    // What of a node's disk is trusted
    [
      'Nothing of the kind is read, waited for, followed or written through',
      'security/hostile-files',
      '23.13: exchanged between the listing and the reading',
    ],
    [
      'a name that is not UTF-8 or holds a control character',
      'security/hostile-files',
      '23.13: that is not UTF-8 is refused with its bytes',
    ],
    [
      'A data directory itself may be a link',
      'security/hostile-files',
      '23.13: as a data directory is the operator’s own, and followed',
    ],
    [
      "The file that names a directory's tserver (`instance`) is read only if it is an ordinary file",
      'security/fuzz/tool-output',
      '%s is not waited at, followed or read',
    ],
  ],
  explains: ["A tablet's snapshot directory contains only"],
  opens: ['What an attacker who may create objects in the bucket can still'],
};
