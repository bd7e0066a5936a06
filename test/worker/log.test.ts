import { LogTimestamp } from '@temporalio/worker';
import { parseConfig } from '../../src/config';
import { openLog, temporalLogger } from '../../src/worker/log';

const at = Date.parse('2026-11-22T02:00:07.123Z');

function lines(format: 'text' | 'json', level: 'debug' | 'info' | 'warn' | 'error' = 'info') {
  const written: string[] = [];
  const log = openLog({ settings: { format, level }, worker: 'control worker', cluster: 'demo' }, (line) => {
    written.push(line);
  });
  return { log, sdk: temporalLogger(log), written };
}

describe("a worker's log", () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: at });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('22.31: is one line of text an event, with time, version and run id', () => {
    const { sdk, written } = lines('text');
    sdk.info('backup ysql.orders-1 committed', {
      workflowId: 'backup/demo/ysql.orders',
      workflowRunId: '01a2', // what activities call it
      sdkComponent: 'activity',
      taskToken: 'AAAA',
      attempt: 1,
    });
    expect(written).toEqual([
      expect.stringMatching(
        /^2026-11-22T02:00:07\.123Z INFO {2}Kalpa \d+\.\d+\.\d+ control worker: backup ysql\.orders-1 committed {2}workflowId=backup\/demo\/ysql\.orders runId=01a2 attempt=1\n$/,
      ),
    ]);
  });

  it('22.31: is one document of JSON an event, with the same fields and with the time at which it happened', () => {
    const { sdk, written } = lines('json');
    const meta = { workflowId: 'w', runId: '01a2', [LogTimestamp]: BigInt(at - 1000) * 1_000_000n };
    sdk.warn('two\nlines', { ...meta, error: new TypeError('x is not a function') });
    expect(written).toHaveLength(1);
    expect(written[0]?.trimEnd()).not.toContain('\n');
    expect(JSON.parse(written[0] ?? '')).toMatchObject({
      time: '2026-11-22T02:00:06.123Z',
      level: 'warn',
      version: expect.stringMatching(/^\d/) as string,
      worker: 'control worker',
      cluster: 'demo',
      message: 'two\nlines',
      workflowId: 'w',
      runId: '01a2',
      error: { type: 'TypeError', message: 'x is not a function' },
    });
  });

  it('22.31: keeps a message of several lines, an error and a value with spaces on the line', () => {
    const { log, written } = lines('text');
    log.error('it ended:\n  because', { error: new Error('of\nthis'), file: '/a b', size: 1n });
    expect(written.join('').match(/\n/g)).toHaveLength(1);
    expect(written[0]).toContain('it ended: ⏎ because  error="Error: of\\nthis" file="/a b" size=1');
  });

  it.each([
    ['debug', 4],
    ['info', 3],
    ['warn', 2],
    ['error', 1],
  ] as const)('22.31: writes from the level %s on', (level, count) => {
    const { sdk, written } = lines('text', level);
    for (const name of ['trace', 'debug', 'info', 'warn', 'error'] as const) sdk[name]('x');
    expect(written).toHaveLength(count);
  });

  it('22.31: holds no secret that a message or an error quotes', () => {
    for (const format of ['text', 'json'] as const) {
      const { log, written } = lines(format);
      log.warn("CREATE ROLE a PASSWORD 'hunter2'", {
        error: new Error("OPTIONS (password 'hunter2')"),
        password: 'hunter2',
      });
      expect(written.join('')).toContain('CREATE ROLE a');
      expect(written.join('')).not.toContain('hunter2');
    }
  });

  it('22.31: leaves what the SDK says of itself at INFO to DEBUG, and keeps its warnings', () => {
    const { sdk, written } = lines('text');
    sdk.info('Worker state changed', { sdkComponent: 'worker' });
    sdk.warn('Activity failed', { sdkComponent: 'activity' });
    sdk.warn('poll failed', { sdkComponent: 'core' });
    expect(written.map((line) => line.slice(25))).toEqual([
      expect.stringContaining('WARN  Kalpa') as string,
      expect.stringContaining(': poll failed') as string,
    ]);
  });

  it('22.31: is text from INFO on where kalpa.yaml says nothing, and another format is refused', () => {
    const base = "cluster: demo, masters: ['a:1'], ysql: { host: a }, repository: { url: 's3://k' }";
    expect(parseConfig(`{ ${base} }`, 'kalpa.yaml').log).toEqual({ format: 'text', level: 'info' });
    expect(parseConfig(`{ ${base}, log: { format: json, level: warn } }`, 'k').log).toEqual({
      format: 'json',
      level: 'warn',
    });
    expect(() => parseConfig(`{ ${base}, log: { format: xml } }`, 'kalpa.yaml')).toThrow(/log\.format.*text or json/);
  });
});
