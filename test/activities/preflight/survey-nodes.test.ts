import type { ControlDependencies } from '../../../src/activities/control/dependencies';
import { makeSurveyNodes } from '../../../src/activities/control/lookup/find';
import { ToolFailed } from '../../../src/yugabyte';

const control = { stop: new AbortController() };
jest.mock('@temporalio/activity', () => ({
  ...jest.requireActual<object>('@temporalio/activity'),
  cancellationSignal: () => control.stop.signal,
  Context: { current: () => ({}) },
}));

const NODE = { uuid: 'u1', address: 'n1:9100', alive: true, status: 'ALIVE' };
const away = new ToolFailed({
  ...{ tool: 'yb-admin', command: 'list_all_tablet_servers', exitCode: 1, stderrTail: '' },
  ...{ reason: 'Could not locate the leader master', outcome: 'refused', transient: true },
});
const patience = { patienceMs: 0, leftMs: 300, asksAgain: true };

const surveyOf = (tservers: () => Promise<unknown>) =>
  makeSurveyNodes({
    yugabyte: () => ({ tservers }),
    timing: { preflightDeadline: 300 },
    store: { location: 's3://kalpa' },
    repository: {},
    config: {},
  } as unknown as ControlDependencies);

describe('22.17: the survey of the nodes', () => {
  beforeEach(() => {
    control.stop = new AbortController();
  });

  it('reads, and changes nothing: killed and run again, or its reply lost, it says the same', async () => {
    let asked = 0;
    const survey = surveyOf(async () => {
      asked += 1;
      return await Promise.resolve([NODE, { ...NODE, uuid: 'u2', alive: false }]);
    });
    const first = await survey(patience);
    expect(first).toEqual({
      answer: {
        nodes: [
          { uuid: 'u1', address: 'n1:9100', alive: true },
          { uuid: 'u2', address: 'n1:9100', alive: false },
        ],
      },
      askedMs: expect.any(Number) as number,
    });
    expect(await survey(patience)).toEqual({ ...first, askedMs: expect.any(Number) as number });
    expect(asked).toBe(2);
  });

  it('says what is unavailable, so that the page can show it; asked for the last time, it refuses', async () => {
    const survey = surveyOf(async () => await Promise.reject(away));
    expect(await survey(patience)).toEqual({
      away: [expect.stringContaining('Could not locate the leader master')],
      askedMs: expect.any(Number) as number,
    });
    await expect(survey({ ...patience, asksAgain: false })).rejects.toMatchObject({ type: 'PreflightFailed' });
  });

  it('cancelled while the masters are asked, it ends at once', async () => {
    const survey = surveyOf(async () => await new Promise(() => undefined));
    const asked = survey({ patienceMs: 60_000, leftMs: 60_000, asksAgain: false });
    const reason = new Error('cancelled');
    control.stop.abort(reason);
    await expect(asked).rejects.toBe(reason);
  });
});
