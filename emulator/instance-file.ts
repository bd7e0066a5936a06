import protobuf from 'protobufjs';
import { writeContainer } from './protobuf-container';

const ROOT = protobuf.parse(
  'syntax = "proto2"; package yb; message InstanceMetadataPB { required bytes uuid = 1; required string format_stamp = 2; }',
  {
    keepCase: true,
  },
).root;

/** `yb-data/tserver/instance`: which tserver owns a data directory. */
export function instanceFileContent(uuid: string): Buffer {
  return writeContainer(ROOT, 'yb.InstanceMetadataPB', {
    uuid: Buffer.from(uuid, 'latin1'),
    format_stamp: 'Formatted by the emulator',
  });
}
