import type { Section } from './section';

/** Of the section “How much of the cluster's output is read”. */
export const cluster: Section = {
  claims: [
    [
      'a tool is ended or a connection broken off, and the step fails for good',
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
      '| output of a tool that answers with a sentence',
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
      '64 KiB of the beginning and of the end are kept',
      'yugabyte/process/run-tool',
      'keeps the first error and the last of a tool that prints many',
    ],
  ],
  explains: ['Whoever answers for the cluster must not', 'Rows of dumps and loads are streamed'],
};
