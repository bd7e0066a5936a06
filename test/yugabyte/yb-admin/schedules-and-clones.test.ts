import {
  cloneNamespace,
  createSnapshotSchedule,
  deleteSnapshotSchedule,
  capabilitiesOf,
  editSnapshotSchedule,
  listClones,
  restoreSnapshotSchedule,
} from '../../../src/yugabyte';

const [old, newest] = [capabilitiesOf('2.6.20.0'), capabilitiesOf('2025.1.1.0')];
const SCHEDULE = '6eaaa4fb-397f-41e2-a8fe-a93e0c9f5256';
const MOMENT = '1763776800000000';

// Output as in the manual's pages "Point-in-time recovery" and "Instant database cloning".
const created = `{\n    "schedule_id": "${SCHEDULE}"\n}\n`;
const started = `{
    "snapshot_id": "a4d3a6e5-0e2a-4d9e-8a1f-0d7c1f3d5b6a",
    "restoration_id": "b1b96d53-f9f9-46c5-b81c-6937301c8eff"
}
`;
const clones = `[
    {
        "aggregate_state": "ABORTED",
        "source_namespace_id": "00004000000030008000000000000000",
        "seq_no": "2",
        "target_namespace_name": "clone_db",
        "restore_time": "2024-08-09 21:42:16.451974",
        "abort_message": "Snapshot is being created"
    }
]
`;

describe('snapshot schedules', () => {
  it('are created with minutes and the full name of the database', () => {
    const input = { database: 'ysql.orders', intervalMinutes: 60, retentionMinutes: 600 };
    expect(createSnapshotSchedule.argv(input, old)).toEqual(['create_snapshot_schedule', '60', '600', 'ysql.orders']);
    expect(createSnapshotSchedule.parse(created, old, input, [])).toEqual({ scheduleId: SCHEDULE });
  });

  it('are changed and deleted only where the release can', () => {
    const change = { scheduleId: SCHEDULE, intervalMinutes: 30, retentionMinutes: 600 };
    expect(editSnapshotSchedule.argv(change, newest)).toEqual([
      'edit_snapshot_schedule',
      SCHEDULE,
      'interval',
      '30',
      'retention',
      '600',
    ]);
    expect(() => editSnapshotSchedule.argv(change, old)).toThrow(/2\.6\.20\.0 has no such operation/);
    expect(deleteSnapshotSchedule.argv({ scheduleId: SCHEDULE }, old)).toHaveLength(2);
  });

  it('are rewound to microseconds and nothing else; warnings may stand before the answer', () => {
    const input = { scheduleId: SCHEDULE, toMicros: MOMENT };
    expect(restoreSnapshotSchedule.argv(input, old)).toEqual(['restore_snapshot_schedule', SCHEDULE, MOMENT]);
    expect(() => restoreSnapshotSchedule.argv({ ...input, toMicros: '1763776800000' }, old)).toThrow(RangeError);
    const printed = `WARNING: the master has no such RPC, falling back\n${started}`;
    expect(restoreSnapshotSchedule.parse(printed, newest, input, [])).toEqual({
      snapshotId: 'a4d3a6e5-0e2a-4d9e-8a1f-0d7c1f3d5b6a',
      restorationId: 'b1b96d53-f9f9-46c5-b81c-6937301c8eff',
    });
    expect(() => restoreSnapshotSchedule.parse('', newest, input, [])).toThrow(/ids of the rewind/);
  });
});

describe('clones', () => {
  it('are started at a moment, where the release can', () => {
    const input = { source: 'ysql.orders', target: 'kalpa_0123456789ab', atMicros: MOMENT };
    expect(cloneNamespace.argv(input, newest)).toEqual([
      'clone_namespace',
      'ysql.orders',
      'kalpa_0123456789ab',
      MOMENT,
    ]);
    expect(() => cloneNamespace.argv(input, old)).toThrow(/2\.6\.20\.0 has no such operation/);
  });

  it('are listed with the reason of an abort', () => {
    expect(listClones.parse(clones, newest, { namespaceId: '00' }, [])).toEqual([
      { sequence: '2', target: 'clone_db', state: 'ABORTED', reason: 'Snapshot is being created' },
    ]);
  });
});
