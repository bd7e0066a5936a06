import { lines, type Command } from './command';

/** Protobuf text, as the real one prints it; a database's id stands where a table's should (#10959). */
const listed = (captures: boolean): Command => ({
  usage: captures ? '[<namespace>]' : '[<table_id>]',
  count: [0, 1],
  run: ({ cluster }) =>
    lines(
      'CDC Streams: ',
      ...(cluster.state.streams ?? [])
        .filter((stream) => stream.captures === captures)
        .map(
          ({ id, objectId }) =>
            `streams {\n  stream_id: "${id}"\n  table_id: "${objectId}"\n  options {\n    key: "id_type"\n    value: "${captures ? 'NAMESPACEID' : 'TABLEID'}"\n  }\n}`,
        ),
    ),
});

export const listCdcStreams = listed(false);
export const listChangeDataStreams = listed(true);
