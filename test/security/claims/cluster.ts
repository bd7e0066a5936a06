import type { Section } from './section';

/** Of the section “How much of the cluster's output is read”. */
export const cluster: Section = {
  claims: [
    [
      'the tool or connection is ended, and the step fails without a retry',
      'security/servers/endless-answers',
      '23.8: a tool that prints for ever',
    ],
    [
      'the answer to one SQL statement',
      'security/servers/endless-answers',
      '23.8: with one message without an end is left at the limit',
    ],
    ['a web page, unpacked', 'security/bombs', '23.8: is counted after it was unpacked'],
    [
      'Time and memory grow linearly with the length of the output',
      'security/fuzz/tool-output',
      '23: time grows with the length and no faster:',
    ],
    [
      '| output of a tool that prints a sentence',
      'security/servers/endless-answers',
      '23.8: %s is ended beyond its limit',
    ],
    [
      '| output of a tool that lists something',
      'security/servers/endless-answers',
      '23.8: %s is ended beyond its limit',
    ],
    [
      '| a file that a tool writes',
      'security/servers/endless-answers',
      '23.8: a file that a tool made is read whole up to its limit',
    ],
    [
      'the first and the last 64 KiB are kept',
      'yugabyte/process/run-tool',
      'keeps the first error and the last of a tool that prints many',
    ],
  ],
  explains: ['The cluster must not decide', 'Rows of dumps and loads are streamed'],
};
