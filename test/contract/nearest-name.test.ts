import { editDistance, nearestName } from '../../src/contract/fields/nearest-name';

describe('the nearest name', () => {
  it.each([
    ['region', 'region', 0],
    ['regoin', 'region', 1],
    ['regions', 'region', 1],
    ['Region', 'region', 0],
    ['', 'abc', 3],
  ])('%s is %s with %s edits less', (a, b, edits) => {
    expect(editDistance(a, b)).toBe(edits);
  });

  it('is none when all are far', () => {
    expect(nearestName('banana', ['cluster', 'masters', 'tls'])).toBeUndefined();
  });

  it('is the one with the fewest edits', () => {
    expect(nearestName('master', ['cluster', 'masters', 'metrics'])).toBe('masters');
  });
});
