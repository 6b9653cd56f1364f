import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ActiveCause } from '../../src/causes/engine/judge.ts';
import { lived, type Moment } from './lives.ts';

function said(hours: number, at: (hour: number) => Moment, cause: string): ActiveCause | undefined {
  return lived(hours, at, () => false, hours > 24 ? 120 : 15)
    .at(-1)
    ?.verdicts.active.find(({ name }) => name === cause);
}

const collecting = (hour: number) => Math.floor(hour * 30);

/** It rose once on its second day; `leak` MiB of C come on top. */
function risen(leak: (hour: number) => number): (hour: number) => Moment {
  return (hour) => {
    const c = 10 + leak(hour);
    return { rss: (hour < 26 ? 90 : 190) + c, heap: 60, collections: collecting(hour), c };
  };
}

for (const days of [4, 30]) {
  const hours = days * 24;
  test(`a leak that began 21 h ago in a process of ${days} days is no plateau, and does not stand`, () => {
    const leaking = risen((hour) => 50 * Math.max(0, hour - (hours - 21)));
    assert.equal(said(hours, leaking, 'not_a_leak_plateau'), undefined);
    const held = said(hours, leaking, 'c_malloc_retained')?.summary ?? '';
    assert.match(held, /C's malloc holds 1\.0\d GiB.*; of late it has not come back to its floor, and is \d+ MiB above it/);
    assert.doesNotMatch(held, /does not grow/);
  });

  test(`and without the leak it is one of ${days} days, that tells for how long it has stood`, () => {
    const plateau = said(
      hours,
      risen(() => 0),
      'not_a_leak_plateau',
    );
    const stood = plateau?.evidence.find(({ what }) => what === 'not below it for')?.value ?? 0;
    assert.ok(stood <= (hours - 26) * 3600 && stood > (hours - 26) * 3600 * 0.9, `${stood} s`);
    assert.match(plateau?.summary ?? '', /rose by 100 MiB .*; whether another load adds to it was not seen\.$/);
    assert.doesNotMatch(plateau?.summary ?? '', /not a leak/);
  });
}

test('where repeated loads end at the same floor, that is said', () => {
  const loads = (hour: number): Moment => {
    const isLoaded = hour > 1 && hour < 5 && hour % 1 < 0.5;
    return { rss: hour < 1 ? 50 : isLoaded ? 260 : 160, heap: 40, collections: collecting(hour) };
  };
  assert.match(said(6, loads, 'not_a_leak_plateau')?.summary ?? '', /it came back to it 4 times: a plateau, not a leak\.$/);
});

test('under a load that lasts nothing is called a plateau', () => {
  const loaded = (hour: number): Moment => ({ rss: hour < 2 ? 50 : hour > 9 ? 300 : 160, heap: 40, collections: collecting(hour) });
  assert.equal(said(10.2, loaded, 'not_a_leak_plateau'), undefined);
});

test('a part that was told for less than an hour is not judged by the hours of the process', () => {
  const seen = (hour: number): Moment => {
    const c = hour < 1.02 ? undefined : 120 * (hour - 1.02);
    return { rss: 100 + (c ?? 0), heap: 40, collections: collecting(hour), ...(c !== undefined && { c }) };
  };
  const looks = lived(2.5, seen, (hour) => hour > 1.1);
  const named = looks.filter(({ verdicts }) => verdicts.active.some(({ name }) => name === 'c_malloc_leak'));
  assert.ok((named[0]?.hour ?? 0) >= 2, `named after ${named[0]?.hour} h`); // 1.02, a minute less: its first point began before it
  const { verdicts } = named.at(-1) ?? assert.fail('never named');
  const leak = verdicts.active.find(({ name }) => name === 'c_malloc_leak');
  const watched = leak?.evidence.find(({ what }) => what === 'watched')?.value ?? 0;
  assert.ok(watched > 3600 && watched <= 1.5 * 3600, `${watched} s`);
  const early = looks.find(({ hour }) => hour > 1.9)?.verdicts.notJudged.find(({ name }) => name === 'c_malloc_leak');
  assert.equal(early?.reason, 'too-early');
});

test('C that grows while Go does is no leak of C, though Go stood still before C was known', () => {
  const both = (hour: number): Moment => {
    const grown = 60 * Math.max(0, hour - 1);
    return { rss: 100 + 2 * grown, heap: 40 + grown, collections: collecting(hour), ...(hour >= 1 && { c: grown }) };
  };
  assert.equal(said(2.5, both, 'c_malloc_leak'), undefined);
});
