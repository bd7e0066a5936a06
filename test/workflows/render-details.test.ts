import { renderDetails } from '../../src/workflows/run/render-details';

const progress = {
  operation: 'backUpDatabase',
  phase: 'files',
  phases: [
    {
      name: 'preflight',
      state: 'complete' as const,
      startedAt: '2026-11-22T02:00:00.000Z',
      endedAt: '2026-11-22T02:00:01.200Z',
    },
    { name: 'files', state: 'running' as const, startedAt: '2026-11-22T02:00:01.200Z' },
    { name: 'manifest', state: 'waiting' as const },
  ],
  nodes: [
    {
      node: 'yb-1.internal:9100',
      filesDone: 5,
      filesTotal: 10,
      bytesDone: 600_000_000,
      bytesTotal: 1_200_000_000,
      bytesPerSecond: 200_000_000,
    },
  ],
  etaSeconds: 3,
  message: 'One node is unavailable.',
};

describe("the run's page", () => {
  it('is a bold headline, a code block and a message', () => {
    expect(renderDetails('Backup of ysql.orders on demo', progress)).toBe(
      [
        '**Backup of ysql.orders on demo · 600 MB of 1.20 GB (50%) · 3.0s left**',
        '',
        '```text',
        '✓ preflight   02:00:00Z  1.2s',
        '● files       02:00:01Z  running',
        '○ manifest               waiting',
        '',
        'yb-1.internal:9100     ━━━━━━──────  50%  1.20 GB 200 MB/s',
        '```',
        '',
        'One node is unavailable.',
      ].join('\n'),
    );
  });

  it('stays within 64 columns, so that the block does not overflow', () => {
    const block =
      renderDetails('x', {
        ...progress,
        nodes: [{ ...progress.nodes[0]!, node: 'a-very-long-host-name.in-a.very-long.domain.internal:9100' }],
      }).split('```')[1] ?? '';
    for (const line of block.split('\n')) expect([...line].length).toBeLessThanOrEqual(64);
  });
});
