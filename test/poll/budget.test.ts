import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes } from '../../src/model/units.ts';
import { walkInterval, walkIsDue, walkMayRepeat } from '../../src/poll/budget.ts';

const mib = 1024 ** 2;
const rss = bytes(1000 * mib);

const intervals = [
  { what: 'a cheap walk', seconds: 0.001, before: rss, now: rss, expected: 15 },
  { what: 'a walk that took no time', seconds: 0, before: rss, now: rss, expected: 15 },
  { what: 'a walk of 8 GiB', seconds: 0.1, before: rss, now: rss, expected: 20 },
  { what: 'a walk of a second', seconds: 1, before: rss, now: rss, expected: 200 },
  { what: 'RSS that grew by 64 MiB', seconds: 1, before: rss, now: bytes(1064 * mib), expected: 50 },
  { what: 'RSS that fell by 64 MiB', seconds: 1, before: rss, now: bytes(936 * mib), expected: 50 },
  { what: 'RSS that grew by less', seconds: 1, before: rss, now: bytes(1063 * mib), expected: 200 },
  { what: 'RSS of 4000 MiB that grew by 64', seconds: 1, before: bytes(4000 * mib), now: bytes(4064 * mib), expected: 200 },
  { what: 'RSS of 4000 MiB that grew by 5 %', seconds: 1, before: bytes(4000 * mib), now: bytes(4200 * mib), expected: 50 },
  { what: 'a jump of a cheap one', seconds: 0.001, before: rss, now: bytes(2000 * mib), expected: 15 },
  { what: 'RSS that was not known', seconds: 1, before: undefined, now: rss, expected: 200 },
  { what: 'RSS that is not known', seconds: 1, before: rss, now: undefined, expected: 200 },
] as const;

for (const { what, seconds, before, now, expected } of intervals) {
  test(`the wait for the next walk after ${what}: ${expected} s`, () => {
    assert.equal(walkInterval({ at: 1000, seconds, rss: before }, now), expected);
  });
}

const times = [
  { what: 'at once, when there was none', last: undefined, now: 5000, expected: true },
  { what: 'not at the same time again', last: 1000, now: 1000, expected: false },
  { what: 'not before 15 s', last: 1000, now: 1014.8, expected: false },
  { what: 'at 15 s, although the timer came early', last: 1000, now: 1014.95, expected: true },
  { what: 'at 15 s', last: 1000, now: 1015, expected: true },
  { what: 'when the clock was stepped back', last: 1000, now: 400, expected: true },
  { what: 'when the clock was stepped forward', last: 1000, now: 1e9, expected: true },
] as const;

for (const { what, last, now, expected } of times) {
  test(`a walk is due: ${what}`, () => {
    assert.equal(walkIsDue(last === undefined ? undefined : { at: last, seconds: 0.001, rss }, now, rss), expected);
  });
}

test('one poll may walk again as long as the wait that all its walks cost is no longer than a minute', () => {
  const spent = (seconds: number) => ({ at: 1000, seconds, rss });
  assert.equal(walkMayRepeat(spent(0.15)), true);
  assert.equal(walkMayRepeat(spent(0.16)), false);
});
