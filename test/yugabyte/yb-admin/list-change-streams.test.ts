import { capabilitiesOf } from '../../../src/yugabyte/releases';
import { listCdcStreams, listChangeDataStreams } from '../../../src/yugabyte/yb-admin';

const [oldest, newest] = [capabilitiesOf('2.6.0.0'), capabilitiesOf('2026.1.0.0')];

it('reads streams of databases and of tables, whatever the release calls their ids', () => {
  const printed = `CDC Streams:
streams {
  stream_id: "0bb74adc723248d584ce90b856974633"
  table_id: "00004000000030008000000000000000"
  options {
    key: "id_type"
    value: "NAMESPACEID"
  }
}
streams {
  stream_id: "7e90548121f84798902657ca5a5aa111"
  namespace_id: "000033e1000030008000000000000000"
}
streams {
  stream_id: "5be8202a540a4c89ab464f7a10101c1f"
  table_id: "000033e1000030008000000000004000"
  table_id: "000033e1000030008000000000004005"
}
`;
  expect(listChangeDataStreams.parse(printed, newest, {}, [])).toEqual([
    { id: '0bb74adc723248d584ce90b856974633', objectIds: ['00004000000030008000000000000000'] },
    { id: '7e90548121f84798902657ca5a5aa111', objectIds: ['000033e1000030008000000000000000'] },
    {
      id: '5be8202a540a4c89ab464f7a10101c1f',
      objectIds: ['000033e1000030008000000000004000', '000033e1000030008000000000004005'],
    },
  ]);
});

it('reads that there is none', () => {
  expect(listCdcStreams.parse('CDC Streams: \n', newest, {}, [])).toEqual([]);
});

it('asks for captured changes only where the release knows them', () => {
  expect(listChangeDataStreams.argv({}, newest)).toEqual(['list_change_data_streams']);
  expect(() => listChangeDataStreams.argv({}, oldest)).toThrow(/list_change_data_streams/);
});
