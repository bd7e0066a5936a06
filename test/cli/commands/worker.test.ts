import { ConfigurationError } from '../../../src/config';
import { kalpa, resolvedConfig } from '../fake-cli';

describe('kalpa worker', () => {
  it.each(['control', 'node', 'janitor'] as const)('runs a %s worker from the configuration', async (role) => {
    const ran: unknown[] = [];
    const runWorker = async (...given: unknown[]): Promise<void> => {
      ran.push(given);
      await Promise.resolve();
    };
    expect((await kalpa(['worker', role, '--config', '/etc/kalpa/kalpa.yaml'], { parts: { runWorker } })).code).toBe(0);
    expect(ran).toEqual([[role, resolvedConfig]]);
  });

  it('ends with 2 and one sentence when the configuration is wrong', async () => {
    const loadConfig = (): never => {
      throw new ConfigurationError('kalpa.yaml is wrong.');
    };
    expect(await kalpa(['worker', 'node'], { parts: { loadConfig } })).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'kalpa: kalpa.yaml is wrong.\n',
    });
  });
});
