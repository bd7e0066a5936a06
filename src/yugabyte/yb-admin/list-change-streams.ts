import type { Command } from './command';
import { notSupported } from './failure';

/** A stream that sends changes to another system. */
export interface ChangeStream {
  id: string;
  /** The tables or the database whose changes it sends; releases print either under either name (#10959). */
  objectIds: string[];
}

/** xCluster streams of this cluster as the source. Prints protobuf text. */
export const listCdcStreams: Command<Record<string, never>, ChangeStream[]> = {
  name: 'list_cdc_streams',
  mutates: false,
  lists: true,
  argv: () => ['list_cdc_streams'],
  parse: streamsOf,
};

/** Streams of change data capture. Not in 2.6. */
export const listChangeDataStreams: Command<Record<string, never>, ChangeStream[]> = {
  name: 'list_change_data_streams',
  mutates: false,
  lists: true,
  argv(_input, release) {
    if (!release.listsChangeDataStreams) throw notSupported('list_change_data_streams', release);
    return ['list_change_data_streams'];
  },
  parse: streamsOf,
};

function streamsOf(stdout: string): ChangeStream[] {
  return stdout
    .split(/(?:^|\n)[ \t]*streams \{/)
    .slice(1)
    .map((text) => ({
      id: /stream_id: "([^"]*)"/.exec(text)?.[1] ?? '',
      objectIds: [...text.matchAll(/(?:table_id|namespace_id): "([^"]*)"/g)].map(([, id = '']) => id),
    }));
}
