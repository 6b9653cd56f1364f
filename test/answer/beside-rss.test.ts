import assert from 'node:assert/strict';
import { test } from 'node:test';
import { besideRss } from '../../src/answer/beside-rss.ts';
import { ledgerOf } from '../../src/books/ledger.ts';
import type { ProcessStatus } from '../../src/model/process.ts';
import { found } from '../../src/model/reading.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { bytes } from '../../src/model/units.ts';
import { bookWith, nothingNamed } from '../causes/books.ts';
import { cgroupStatWith, snapshotWith } from '../snapshots.ts';

const mib = (count: number) => bytes(count * 1024 ** 2);

function statusOf(known: Partial<ProcessStatus>): Snapshot['status'] {
  const unknown = { vmHwm: undefined, rssAnon: undefined, rssFile: undefined, rssShmem: undefined, vmSwap: undefined, vmPte: undefined };
  return found({ name: 'x', vmRss: mib(8), threads: undefined, ...unknown, ...known });
}

function groupOf(stat: Parameters<typeof cgroupStatWith>[0]): Snapshot['cgroup'] {
  const level = { path: '/x', usage: mib(100), limit: undefined, high: undefined, stat: cgroupStatWith(stat) };
  const unknown = { peak: undefined, swap: undefined, swapLimit: undefined, hierarchicalLimit: undefined };
  return found({ version: 2, via: 'root', levels: [level], usageBefore: mib(100), ...unknown });
}

function rowsOf(snapshot: Partial<Snapshot>, perf?: number): readonly string[] {
  const ring = { name: 'anon_inode:[perf_event]', chargedTo: 'nobody', rss: bytes(0), pss: bytes(0), size: mib(perf ?? 0) } as const;
  const book = bookWith({}, { named: { ...nothingNamed, kernel: perf === undefined ? [] : [ring] } });
  const rows = besideRss(ledgerOf(snapshotWith(snapshot), book)).flatMap((section) => section.rows);
  return rows.map(({ label, size, source }) => `${label} ${size.ok ? size.value / 1024 ** 2 : ''}: ${source}`);
}

test('there is no such section where RSS shows all', () => {
  assert.deepEqual(rowsOf({}), []);
  assert.deepEqual(rowsOf({ status: statusOf({ hugetlbPages: bytes(0), vmPin: bytes(0) }) }), []);
});

test('huge pages of hugetlbfs are outside of RSS, and of the container unless its memory.stat has them', () => {
  const status = statusOf({ hugetlbPages: mib(64) });
  assert.deepEqual(rowsOf({ status }), ["huge pages (hugetlbfs) 64: status HugetlbPages; outside of RSS and of the container's memory"]);
  const cgroup = groupOf({ anon: mib(1), file: mib(0), hugetlb: mib(64) });
  assert.match(rowsOf({ status, cgroup })[0] ?? '', /outside of RSS; 64.0 MiB in the container$/);
});

test("perf's rings have the size of their mappings, of which VmPin lacks what a user may pin for nothing", () => {
  const [row = ''] = rowsOf({ status: statusOf({ vmPin: mib(63) }) }, 64);
  assert.match(row, /^rings of perf, pinned 64: .*VmPin 63.0 MiB; outside of RSS and of the container$/);
});

test('other pinned pages are charged and mapped by nobody where the container has as many such, else in RSS', () => {
  const status = statusOf({ vmPin: mib(64) });
  assert.match(rowsOf({ status })[0] ?? '', /in RSS as far as it is mapped/);
  const cgroup = groupOf({ anon: mib(1), file: mib(0), swapCached: mib(0), lists: mib(65) });
  assert.match(rowsOf({ status, cgroup })[0] ?? '', /charged to the container, mapped by nobody/);
});
