import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ledgerDocument } from '../../src/answer/document.ts';
import { explainHtml } from '../../src/answer/html.ts';
import { type RightSize, rightSize } from '../../src/answer/right-size.ts';
import { rightSizeLines } from '../../src/answer/right-size-lines.ts';
import { explainText } from '../../src/answer/text.ts';
import { type Ledger, ledgerOf } from '../../src/books/ledger.ts';
import { figuresOf } from '../../src/history/figures.ts';
import { found, missing } from '../../src/model/reading.ts';
import { bytes, kib } from '../../src/model/units.ts';
import { bookWith } from '../causes/books.ts';
import { pastOf } from '../causes/pasts.ts';
import { fullBook, fullSnapshot } from '../serve/metrics/states.ts';
import { cgroupStatWith, memStatsWith, snapshotWith } from '../snapshots.ts';

const mib = 1024 ** 2;

interface Made {
  readonly usage: number;
  readonly anon: number;
  readonly hwm: number;
  readonly used: number;
  readonly groupPeak?: number;
}

/** A container of one process, all in MiB: 20 of page cache, 10 of file pages in RSS. */
function ledgerWith({ usage, anon, hwm, used, groupPeak }: Made): Ledger {
  const none = bytes(0);
  const stat = cgroupStatWith({ anon: bytes(anon * mib), file: bytes(20 * mib), shmem: none, dirty: none, writeback: none });
  const sys = bytes((used + 30) * mib);
  return ledgerOf(
    snapshotWith({
      go: found({ memstats: memStatsWith({ sys, gcSys: undefined, otherSys: undefined }) }),
      status: found({
        name: 'manager',
        vmRss: bytes((anon + 10) * mib),
        vmHwm: bytes(hwm * mib),
        rssAnon: bytes(anon * mib),
        rssFile: bytes(10 * mib),
        rssShmem: none,
        vmSwap: none,
        vmPte: none,
        threads: 9,
      }),
      cgroup: found({
        version: 2,
        via: 'root',
        levels: [{ path: '/pod', usage: bytes(usage * mib), limit: undefined, high: undefined, stat }],
        usageBefore: bytes(usage * mib),
        peak: groupPeak === undefined ? undefined : bytes(groupPeak * mib),
        swap: undefined,
        swapLimit: undefined,
        hierarchicalLimit: undefined,
      }),
    }),
  );
}

function sized(ledger: Ledger, past = pastOf({})): RightSize {
  const reading = rightSize(ledger, past);
  assert.ok(reading.ok);
  return reading.value;
}

test('the limit fits the peak of the polls and a margin, and GOMEMLIMIT leaves room for what is not Go', () => {
  const ledger = ledgerWith({ usage: 130, anon: 100, hwm: 110, used: 70 }); // 110 of it can't be taken back
  const size = sized(ledger, pastOf({ held: [40, 200, 45, 41, 110].map((each) => each * mib) }, 1000));

  assert.equal(size.peak, 200 * mib);
  assert.equal(size.peakSource, 'polls');
  assert.equal(size.files, 10 * mib);
  assert.equal(size.limit, 231 * mib);
  assert.equal(size.notGo, 40 * mib);
  assert.deepEqual(size.gomemlimit, found((231 - 40 - 10 - 12) * mib));
  assert.equal(size.request, 55 * mib, 'the level that is typical, not the mean, and the files');
  assert.equal(size.watched, 4000);
});

test('a peak before memgap came is known by VmHWM, with what the container holds beside the process now', () => {
  const size = sized(ledgerWith({ usage: 130, anon: 100, hwm: 310, used: 70 }));

  assert.equal(size.peak, (310 - 10 + 10) * mib);
  assert.equal(size.peakSource, 'life');
});

test("the container's own peak bounds it: the process never was in it with more", () => {
  assert.equal(sized(ledgerWith({ usage: 130, anon: 100, hwm: 310, used: 70, groupPeak: 290 })).peak, 290 * mib);
});

test('a small program is given a quarter of margin, 8 MiB at least', () => {
  const size = sized(ledgerWith({ usage: 40, anon: 15, hwm: 25, used: 12 })); // 20 can't be taken back

  assert.equal(size.limit, 38 * mib);
});

test('no GOMEMLIMIT is told where Go counts more than would fit: most of it was never touched', () => {
  const size = sized(ledgerWith({ usage: 40, anon: 15, hwm: 25, used: 90 }));

  assert.equal(size.gomemlimit.ok, false);
});

test('without a container the sizes go by RSS; without either nothing is told', () => {
  const { status, go } = ledgerWith({ usage: 40, anon: 15, hwm: 75, used: 12 }).snapshot;
  const size = sized(ledgerOf(snapshotWith({ status, go })));

  assert.deepEqual([size.of, size.peakSource], ['process', 'life']);
  assert.deepEqual([size.peak, size.files], [65 * mib, 10 * mib]);
  assert.equal(rightSize(ledgerOf(snapshotWith({ status: missing('denied', 'x') })), pastOf({})).ok, false);
});

test('what is not Go is what it was at most: C that once held 400 MiB will again', () => {
  const ledger = ledgerWith({ usage: 120, anon: 100, hwm: 110, used: 80 });
  const c = Array.from({ length: 300 }, (_, index) => (index > 100 && index < 150 ? 400 : 10) * mib);
  const past = pastOf({ held: c.map((each) => each + 90 * mib), not_go: c.map((each) => each + 10 * mib) });
  const { limit, notGo, gomemlimit } = sized(ledger, past);

  assert.equal(limit, 550 * mib);
  assert.equal(notGo, 410 * mib);
  assert.deepEqual(gomemlimit, found(102 * mib));
  const lines = rightSizeLines(ledger, past);
  assert.ok(lines?.reasons.includes("GOMEMLIMIT: the limit - 410 MiB that was not Go's at most - files - 5 % of the limit"));
});

test('where what Go uses does not fit beside that, no GOMEMLIMIT is told, and why', () => {
  const past = pastOf({ held: [110 * mib, 450 * mib, 320 * mib], not_go: [20 * mib, 400 * mib, 10 * mib] });
  const { gomemlimit } = sized(ledgerWith({ usage: 340, anon: 300, hwm: 310, used: 300 }), past);

  assert.ok(!gomemlimit.ok);
  assert.match(gomemlimit.detail, /^70\.0 MiB would be left, and Go needs 294 MiB: /);
});

test('what is not Go has its peak from polls of which all parts are of one time', () => {
  const { go, status, cgroup } = ledgerWith({ usage: 130, anon: 100, hwm: 110, used: 70 }).snapshot;
  const told = { takenAt: 1000, go, status, cgroup };
  const stable = found({ skew: bytes(0), stable: true, attempts: 1 });
  const book = bookWith({ go_arenas: 60 * mib, go_metadata: 4 * mib, c_malloc: 30 * mib });
  const aged = (at: number) => (book.ok ? found({ ...book.value, at }) : book);
  const notGoWith = (bracket: typeof stable, mapped: typeof book | undefined) =>
    figuresOf(ledgerOf(snapshotWith({ ...told, bracket }), mapped)).not_go;

  assert.equal(notGoWith(stable, aged(999.5)), (110 - 64) * mib);
  assert.equal(notGoWith(stable, aged(995)), (110 - 70) * mib, 'what Go allocated in five seconds is not C');
  assert.equal(notGoWith(stable, aged(940)), undefined, 'what Go allocated in a minute is not C');
  assert.equal(notGoWith(stable, undefined), 40 * mib, 'no mappings: all that Go counts');
  assert.equal(notGoWith(found({ skew: bytes(50 * mib), stable: false, attempts: 6 }), aged(995)), undefined);
});

test('after a restart the process before counts: its peak, what of it was not Go, and that it may have been killed', () => {
  const young = ledgerWith({ usage: 60, anon: 35, hwm: 45, used: 30 });
  const previous = {
    pid: 7,
    startTime: 1,
    takenAt: 1_699_999_000,
    rss: bytes(470 * mib),
    used: bytes(60 * mib),
    usage: bytes(510 * mib),
    limit: bytes(512 * mib),
    headroom: bytes(5 * mib),
    peak: bytes(512 * mib),
    unreclaimable: bytes(440 * mib),
    notGo: bytes(380 * mib),
  };
  const refused = rightSize(young, pastOf({}), previous);
  assert.ok(!refused.ok && refused.reason === 'too-early');
  assert.match(
    refused.detail,
    /^the process before this one was last seen 5\.00 MiB before an OOM kill at a limit of 512 MiB: it needs more than was seen of it/,
  );
  const apart = { ...previous, headroom: bytes(100 * mib) };
  const size = rightSize(young, pastOf({}), apart);
  assert.ok(size.ok);
  assert.deepEqual([size.value.peak, size.value.peakSource, size.value.limit], [440 * mib, 'former', 495 * mib]);
  assert.deepEqual([size.value.notGo, size.value.gomemlimit], [380 * mib, found(80 * mib)]);
  const lines = rightSizeLines(young, pastOf({}), apart);
  assert.match(lines?.reasons[0] ?? '', /^limit: peak 440 MiB \(of the process before this one, at its highest snapshot\)/);
  for (const shown of [
    explainText(young, { color: false, past: pastOf({}), lastObservation: apart }),
    explainHtml(young, { past: pastOf({}), lastObservation: apart }),
  ])
    assert.match(shown, /limits\.memory: 495Mi/);
  const document = JSON.parse(JSON.stringify(ledgerDocument(young, undefined, pastOf({}), apart)));
  assert.deepEqual([document.right_size.peak_source, document.right_size.limit], ['former', 495 * mib]);
  assert.equal(sized(young).limit, 63 * mib, 'without it');
});

test('whatever was observed: the limit fits peak and margin, the request and GOMEMLIMIT lie below it, and it leaves what was not Go its most', () => {
  const size = fc.integer({ min: 1, max: 4096 });
  const polls = fc.array(fc.record({ go: size, beside: size }), { minLength: 1 });
  fc.assert(
    fc.property(size, size, size, polls, fc.option(size, { nil: undefined }), (anon, beyond, hwm, seen, before) => {
      const ledger = ledgerWith({ usage: anon + 20 + beyond, anon, hwm: Math.max(hwm, anon + 10), used: Math.max(1, anon - 5) });
      const unreclaimable = seen.map(({ go, beside }) => (go + beside) * mib);
      const past = pastOf({ held: unreclaimable, not_go: seen.map(({ beside }) => beside * mib) });
      const nothing = { rss: undefined, used: undefined, usage: undefined, limit: undefined, headroom: undefined, peak: undefined };
      const previous = before === undefined ? undefined : bytes(before * mib);
      const sight = { pid: 1, startTime: 0, takenAt: 0, ...nothing, unreclaimable: previous, notGo: previous };
      const reading = rightSize(ledger, past, previous === undefined ? undefined : sight);
      if (!reading.ok) return;
      const { limit, request, peak, files, margin, gomemlimit } = reading.value;
      assert.ok(files !== undefined && limit >= peak + files + margin && request <= limit);
      assert.ok(peak >= Math.max(...unreclaimable, previous ?? 0));
      assert.ok(margin >= 8 * mib && margin >= 0.1 * (peak + files));
      const used = Math.max(1, anon - 5) * mib;
      const most = Math.max(...seen.map(({ beside }) => beside * mib), previous ?? 0, (anon + beyond) * mib - used);
      if (gomemlimit.ok) assert.ok(gomemlimit.value + most + files <= 0.95 * limit && gomemlimit.value < limit);
    }),
  );
});

test('it stands in text, page and JSON of a watched process, and says how long it was watched', () => {
  const ledger = ledgerOf(fullSnapshot, fullBook);
  const past = pastOf({ held: [60 * mib, 70 * mib, 61 * mib] });
  const { settings = '', caveats = [] } = rightSizeLines(ledger, past) ?? {};

  assert.match(settings, /^requests\.memory: \d+Mi {2}limits\.memory: \d+Mi {2}GOMEMLIMIT=\d+MiB$/);
  assert.equal(caveats[0], 'watched only 30s: watch a whole load before you believe it');
  assert.ok(explainText(ledger, { color: false, past }).includes(`\nRight size\n  ${settings}\n`));
  assert.ok(explainHtml(ledger, { past }).includes(`<code>${settings}</code>`));
  const document = JSON.parse(JSON.stringify(ledgerDocument(ledger, undefined, past)));
  assert.equal(document.right_size.watched_seconds, 30);
  assert.ok(Object.values(document.right_size).every((value) => typeof value !== 'number' || Number.isInteger(value)));
  assert.ok(!explainText(ledger, { color: false }).includes('Right size'));
});

test('one look says that it is one; other processes are told; growth in a line has no size', () => {
  const ledger = ledgerWith({ usage: 130, anon: 100, hwm: 110, used: 70 });
  const others = found({ count: 2, rss: kib(4096), anon: kib(4000), largest: { pid: 8, name: 'envoy', rss: kib(4000) } });
  const line = Array.from({ length: 48 }, (_, index) => (60 + index) * mib);
  const lines = rightSizeLines({ ...ledger, snapshot: { ...ledger.snapshot, others } }, pastOf({ held: [60 * mib, 61 * mib] }, 4000));

  assert.equal(rightSizeLines(ledger, pastOf({}))?.caveats[0], 'from one look: watch a whole load before you believe it');
  assert.deepEqual(lines?.caveats, ['watched 1h6m', 'counts the other processes of the container too (2 now)']);
  assert.deepEqual(rightSizeLines(ledger, pastOf({ held: line }, 120)), {
    settings: 'none',
    reasons: ['it grows in a line: no size is right for long'],
    caveats: [],
  });
});
