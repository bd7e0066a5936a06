import { z } from 'zod';
import fc from 'fast-check';
import { readJson } from '../../src/untrusted';

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

describe('JSON that somebody else wrote', () => {
  it('brackets within texts are no levels, whatever quotes and backslashes stand before them', () => {
    const text = fc.stringMatching(/^["\\[\]{},a]{0,80}$/);
    fc.assert(
      fc.property(text, text, (one, other) => {
        const value = { [one]: `${other}${nested(70)}`, other };
        expect(readJson(z.unknown(), JSON.stringify(value))).toEqual({ ok: true, value });
        const deep = `{"a":${JSON.stringify(one)},"b":${nested(64)}}`;
        expect(readJson(z.unknown(), deep)).toMatchObject({
          ok: false,
          problem: expect.stringContaining('deeper') as string,
        });
      }),
    );
  });

  it('a text that does not end, or ends in backslashes, is not JSON', () => {
    for (const text of ['"', '"\\"', '"a\\\\\\"', '{"a', '\\'])
      expect(readJson(z.unknown(), text)).toEqual({ ok: false, problem: 'it is not JSON' });
  });
});
