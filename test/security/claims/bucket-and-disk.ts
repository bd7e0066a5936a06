import type { Section } from './section';

/** Of the sections “What is believed of the bucket”, “What is believed of a node's disk”. */
export const bucketAndDisk: Section = {
  claims: [
    // What is believed of the bucket
    ['no file stands in another one', 'security/bucket/file-list-attacks', '23.3: of what stands in one object'],
    [
      'A backup whose lists a restore would refuse is not committed',
      'repository/repository',
      '23.3: tells what a restore would refuse, so that it is not committed',
    ],
    [
      'no object of a foreign backup is named',
      'security/bucket/forged-records',
      '23.3: a forged file list is refused before anything is done with it:',
    ],
    [
      'A node worker writes only below the folder of the snapshot that it places, and through no link',
      'security/bucket/forged-records',
      'a link is not followed, neither as a folder nor as the temporary file',
    ],
    [
      'What is nested deeply, has millions of values, is no UTF-8 or is not well-formed Unicode is refused before anything is made of it',
      'security/fuzz/stored-records',
      '23: what is too much is refused before anything is made of it:',
    ],
    [
      'ends the run with `ManifestInvalid` before anything is changed',
      'security/fuzz/stored-records',
      '%s, only a documented failure or a sound value comes of it',
    ],
    // What is believed of a node's disk
    [
      'Nothing of it is read, waited at, followed or written through',
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
      "The file that names a directory's tserver (`instance`) is an ordinary file or is not read",
      'security/fuzz/tool-output',
      '%s is not waited at, followed or read',
    ],
  ],
  explains: ["In a tablet's snapshot directory stand"],
  opens: ['What whoever may create objects in the bucket can still'],
};
