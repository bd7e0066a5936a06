import {
  apiOf,
  can,
  lines,
  masterAddress,
  shownName,
  StatusError,
  tserverAddress,
  wrongArguments,
  type Command,
} from './command';
import { addressCell, longCell, row, smallCell, uuidCell } from './texts';

const none: [number, number] = [0, 0];

export const listAllTabletServers: Command = {
  usage: '[EXCLUDE_DEAD]',
  count: [0, 1],
  run: ({ cluster, excludeDead }) => {
    const { tservers, startedMs } = cluster.state;
    const broadcast = can(cluster, 'broadcastAddress') ? ['Broadcast Host/Port'] : [];
    const columns = [
      longCell('Heartbeat delay'),
      ...['Status', 'Reads/s', 'Writes/s', 'Uptime'].map(smallCell),
      ...['SST total size', 'SST uncomp size', 'SST #files'].map(longCell),
      smallCell('Memory'),
    ];
    const header = `${[uuidCell('Tablet Server UUID'), 'RPC Host/Port', ...columns, ...broadcast].join(' ')} `;
    const rows = tservers.flatMap(({ uuid, alive, downSinceMs }, i) => {
      if (excludeDead && !alive) return [];
      const delay = alive ? `0.${i}2s` : `${((Date.now() - (downSinceMs ?? startedMs)) / 1000 + 60).toFixed(2)}s`;
      const cells = [
        longCell(delay),
        ...[alive ? 'ALIVE' : 'DEAD', '0.00', '0.00', String(Math.round((Date.now() - startedMs) / 1000))].map(
          smallCell,
        ),
        ...['26.21 MB', '30.05 MB', '12'].map(longCell),
      ];
      return [
        [
          uuid,
          tserverAddress(cluster, i),
          ...cells,
          ...(can(cluster, 'broadcastAddress') ? [smallCell('48.75 MB'), 'N/A'] : ['48.75 MB']),
        ].join(' '),
      ];
    });
    return lines(header, ...rows);
  },
};

export const listAllMasters: Command = {
  usage: '',
  count: none,
  run: ({ cluster }) => {
    const broadcast = (text: string): string[] => (can(cluster, 'broadcastAddress') ? [addressCell(text)] : []);
    return lines(
      row(
        uuidCell('Master UUID'),
        addressCell('RPC Host/Port'),
        smallCell('State'),
        'Role',
        ...broadcast('Broadcast Host/Port'),
      ),
      row(
        cluster.state.masterUuid,
        addressCell(masterAddress(cluster)),
        smallCell('ALIVE'),
        'LEADER',
        ...broadcast('N/A'),
      ),
    );
  },
};

export const listNamespaces: Command = {
  usage: '[INCLUDE_NONRUNNING]',
  count: [0, 1],
  run: async ({ cluster }) => {
    await cluster.databases.refresh();
    return lines(
      'name | UUID | language | state | colocated',
      '',
      'User Namespaces:',
      ...cluster.state.databases.map(
        (database) =>
          `${shownName(database)} ${database.id} ${apiOf(database)} RUNNING ${database.colocated !== undefined}`,
      ),
      '',
      'System Namespaces:',
      'template1 00000001000030008000000000000000 ysql RUNNING false',
      'system 00000000000000000000000000000001 ycql RUNNING false',
    );
  },
};

export const getUniverseConfig: Command = {
  usage: '',
  count: none,
  run: ({ cluster }) => {
    const { clusterUuid, universeUuid, placementUuid, replicatedTables = [] } = cluster.state;
    if (!can(cluster, 'universeConfigJson')) {
      const streams = replicatedTables.map(
        (id) => `stream_map { key: "${id}" value { consumer_table_id: "${id}" producer_table_id: "${id}" } } `,
      );
      const registry =
        streams.length === 0
          ? ''
          : ` consumer_registry { producer_map { key: "source" value { ${streams.join('')}} } }`;
      return {
        stdout: `Config: \r\nversion: 1 replication_info { live_replicas { num_replicas: 3 placement_uuid: "${placementUuid}" } } cluster_uuid: "${clusterUuid}"${registry}\n`,
      };
    }
    const streamMap = Object.fromEntries(
      replicatedTables.map((id) => [id, { consumerTableId: id, producerTableId: id }]),
    );
    return lines(
      JSON.stringify({
        version: 1,
        replicationInfo: { liveReplicas: { numReplicas: 3, placementUuid, placementBlocks: [] } },
        clusterUuid,
        ...(replicatedTables.length === 0 ? {} : { consumerRegistry: { producerMap: { source: { streamMap } } } }),
        universeUuid,
      }),
    );
  },
};

export const ysqlCatalogVersion: Command = {
  usage: '',
  count: none,
  run: async ({ cluster }) => {
    const version = await cluster.databases.catalogVersion();
    return lines(can(cluster, 'spacedCatalogVersion') ? `Version: ${version}` : `Version:${version}`);
  },
};

/** The emulator has one version counter for all databases. */
export const ysqlCatalogVersionOfDatabase: Command = {
  usage: '[[ysql.]<database_name>]',
  count: [0, 1],
  run: (call) => ysqlCatalogVersion.run(call),
};

/** The emulator never encrypts files; it only keeps track of key ids. */
export const isEncryptionEnabled: Command = {
  usage: '',
  count: none,
  run: ({ cluster }) => {
    const key = cluster.state.universeKeys?.at(-1);
    return lines(`Encryption status: ${key === undefined ? 'DISABLED' : `ENABLED with key id ${key}`}`);
  },
};

export const allMastersHaveUniverseKey: Command = {
  usage: '<key_id>',
  count: [1, 1],
  run: ({ cluster, args: [key = ''] }) => {
    if (cluster.state.universeKeys?.includes(key))
      return lines(`Node ${masterAddress(cluster)} has universe key in memory: 1`);
    if (!can(cluster, 'missingKeyIsError'))
      return lines(`Node ${masterAddress(cluster)} has universe key in memory: 0`);
    throw new StatusError(
      'Try again',
      'yb/tools/yb-admin_client.cc:1900',
      `Node ${masterAddress(cluster)} does not have universe key in memory`,
    );
  },
};

export const setLoadBalancerEnabled: Command = {
  usage: '(0|1)',
  count: [1, 1],
  run: ({ cluster, args: [value = ''] }) => {
    if (!/^[01]$/.test(value)) throw wrongArguments();
    cluster.state.loadBalancerEnabled = value === '1';
    cluster.save();
    return { stdout: '' };
  },
};

export const getLoadBalancerState: Command = {
  usage: '',
  count: none,
  run: ({ cluster }) =>
    lines(
      row(
        uuidCell('Master UUID'),
        addressCell('RPC Host/Port'),
        smallCell('State'),
        smallCell('Role'),
        'Load Balancer State',
      ),
      row(
        cluster.state.masterUuid,
        addressCell(masterAddress(cluster)),
        smallCell('ALIVE'),
        smallCell('LEADER'),
        cluster.state.loadBalancerEnabled ? 'ENABLED' : 'DISABLED',
      ),
    ),
};

export const getIsLoadBalancerIdle: Command = { usage: '', count: none, run: () => lines('Idle = 1') };

export const disableTabletSplitting: Command = {
  usage: '<disable_duration_ms> <feature_name>',
  count: [2, 2],
  run: ({ cluster, args: [duration = ''] }) => {
    if (!/^\d+$/.test(duration)) throw wrongArguments(`Invalid duration: ${duration}`);
    cluster.state.splittingDisabledUntilMs = Date.now() + Number(duration);
    cluster.save();
    return lines('Response: ');
  },
};

export const isTabletSplittingComplete: Command = {
  usage: '[wait_for_parent_deletion]',
  count: [0, 1],
  run: ({ cluster, args }) => {
    if (args.length > 0 && !can(cluster, 'waitForParentDeletion')) throw wrongArguments();
    return lines(`Response: is_tablet_splitting_complete: ${cluster.faults.strike('split-goes-on') === undefined}`);
  },
};
