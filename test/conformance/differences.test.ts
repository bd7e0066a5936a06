import { differences, digestOf, sizeOf } from '../../src/conformance/content/content';
import { nameOf, newToken, tokenOf } from '../../src/conformance/names';
import { emptyFindings, summaryLine, type Report } from '../../src/conformance/report';
import { Difference, Interrupted, LeftOut, Steps, type Step } from '../../src/conformance/steps';
import { KalpaFailure } from '../../src/client';

describe('what is compared', () => {
  const content = { 'rows of "public"."t"': digestOf(['(1,a)', '(2,b)']), 'index public.t_pkey': 'CREATE … valid' };

  it('is equal if only the order of the rows differs', () => {
    expect(digestOf(['(2,b)', '(1,a)'])).toBe(digestOf(['(1,a)', '(2,b)']));
    expect(digestOf(['(1,a)', '(1,a)'])).not.toBe(digestOf(['(1,a)']));
    expect(digestOf(['(1,a)', '(2,c)'])).not.toBe(digestOf(['(1,a)', '(2,b)']));
    expect(differences(content, { ...content })).toEqual([]);
  });

  it('names each object that is missing, unexpected, or different', () => {
    const { 'index public.t_pkey': _, ...without } = content;
    expect(differences(content, without)).toEqual(['index public.t_pkey is missing']);
    expect(differences(without, content)).toEqual(['index public.t_pkey is there and should not be']);
    expect(differences(content, { ...content, 'index public.t_pkey': 'CREATE … INVALID' })).toEqual([
      'index public.t_pkey: expected CREATE … valid, found CREATE … INVALID',
    ]);
    expect(differences(content, { ...content, 'rows of "public"."t"': digestOf(['(1,a)']) })[0]).toMatch(
      /rows of "public"\."t": expected 2 rows.*found 1 rows/,
    );
    const sequence = { 'value of "public"."s"': '400 t' };
    const later = { 'value of "public"."s"': '425 t' };
    expect(differences(sequence, later, { sequencesGoOn: true })).toEqual([]);
    expect(differences(later, sequence, { sequencesGoOn: true })).toHaveLength(1);
    expect(differences(sequence, later)).toHaveLength(1);
    expect(differences(sequence, {}, { sequencesGoOn: true })).toHaveLength(1);
    expect(sizeOf(content)).toBe('1 tables, 2 rows, 1 definitions and values');
  });
});

it('a name of the command shows its run; no other name is recognised', () => {
  const token = newToken();
  expect(tokenOf(nameOf(token, 'wide_restored'))).toBe(token);
  for (const name of ['kalpa_conformance_wide', `kalpa_conformance_${token}`, `my_${nameOf(token, 'wide')}`, 'orders'])
    expect(tokenOf(name)).toBeUndefined();
});

describe('steps', () => {
  const make = (): { steps: Steps; seen: Step[]; interrupt: () => void; call: () => void } => {
    const seen: Step[] = [];
    let [interrupted, line] = [false, 2];
    const steps = new Steps({
      nextLine: () => line,
      onBegin: () => undefined,
      onStep: (step) => seen.push(step),
      interrupted: () => interrupted,
    });
    return { steps, seen, interrupt: () => (interrupted = true), call: () => (line += 1) };
  };
  const fails = (type: 'NotFound' | 'ToolFailed') => () => Promise.reject(new KalpaFailure(type, 'It is not there.'));

  it('tell what was seen, and which lines of the transcript are theirs', async () => {
    const { steps, seen, call } = make();
    const work = async () => {
      call();
      call();
      return await Promise.resolve(7);
    };
    expect(await steps.run('backup', 'back up', work, (n) => `${n} tables`)).toBe(7);
    expect(seen).toMatchObject([{ end: 'ok', said: '7 tables', lines: [2, 3] }]);
    expect(await steps.run('backup', 'next', () => Promise.reject(new Difference('other rows')))).toBeUndefined();
    expect(seen[1]).toMatchObject({ end: 'differs', said: 'other rows' });
    expect(seen[1]).not.toHaveProperty('lines');
  });

  it('a refusal is as documented only with the documented type', async () => {
    const { steps, seen } = make();
    await steps.refusal('backup', 'absent', { type: 'NotFound' }, fails('NotFound'));
    await steps.refusal('backup', 'absent', { type: 'NotFound' }, fails('ToolFailed'));
    await steps.refusal('backup', 'absent', { type: 'NotFound', message: /kalpa inspect/ }, fails('NotFound'));
    await steps.refusal('backup', 'absent', { type: 'NotFound' }, () => Promise.resolve('done'));
    await steps.refusal('backup', 'absent', { type: 'NotFound' }, () => Promise.reject(new LeftOut('no such thing')));
    expect(seen.map(({ end, said }) => [end, said.slice(0, 24)])).toEqual([
      ['refused as documented', 'NotFound'],
      ['differs', 'Refused with ToolFailed '],
      ['differs', 'Refused with NotFound, b'],
      ['differs', 'It was not refused: the '],
      ['left out', 'no such thing'],
    ]);
  });

  it('none is begun after Ctrl-C, and the one that is cut short does not count as a difference', async () => {
    const { steps, seen, interrupt } = make();
    const cut = steps.run('backup', 'back up', async () => {
      interrupt();
      return await Promise.reject(new KalpaFailure('Cancelled', 'cancelled'));
    });
    await expect(cut).rejects.toThrow(Interrupted);
    await expect(steps.run('backup', 'next', () => Promise.resolve(1))).rejects.toThrow(Interrupted);
    expect(seen).toEqual([]);
  });
});

describe('the verdict of a report', () => {
  const report = (interrupted: boolean, ends: Step['end'][]): Report =>
    ({
      interrupted,
      steps: ends.map((end) => ({ chapter: 'backup', step: 'back up', end, said: '', seconds: 1 })),
      findings: emptyFindings(),
      cleanedUp: { dropped: [], stays: [], inTheBucket: [] },
    }) as unknown as Report;

  it.each<[string, boolean, Step['end'][]]>([
    ['conforms', false, ['ok', 'left out']],
    ['interrupted', true, ['ok']],
    ['differs', true, ['ok', 'differs']],
    ['differs', false, ['not run']],
  ])('24: %s (interrupted: %s, %j)', (verdict, interrupted, ends) => {
    expect(summaryLine(report(interrupted, ends)).split('  ')[0]).toBe(verdict);
  });
});
