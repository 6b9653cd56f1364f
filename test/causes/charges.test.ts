import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ledgerOf } from '../../src/books/ledger.ts';
import { anonInNoProcess } from '../../src/causes/container/anon-in-no-process.ts';
import { chargedElsewhere } from '../../src/causes/container/charged-elsewhere.ts';
import type { Cause } from '../../src/causes/engine/cause.ts';
import { heldOf } from '../../src/history/held.ts';
import type { CgroupStat, OtherProcesses } from '../../src/model/cgroup.ts';
import type { ProcessStatus } from '../../src/model/process.ts';
import { found } from '../../src/model/reading.ts';
import { bytes } from '../../src/model/units.ts';
import { cgroupStatWith, snapshotWith } from '../snapshots.ts';
import { bookWith, nothingNamed } from './books.ts';
import { pastOf } from './pasts.ts';

// Process and container held against each other. The figures are those of real programs on Linux 6.18, in MiB.

const mib = (count: number) => bytes(Math.round(count * 1024 * 1024));

function seen(
  status: Partial<ProcessStatus>,
  stat: Partial<CgroupStat>,
  {
    files = 8,
    distinct,
    others = { count: 0, rss: bytes(0), anon: bytes(0) },
  }: { readonly files?: number; readonly distinct?: number; readonly others?: OtherProcesses } = {},
) {
  const rssAnon = status.rssAnon ?? mib(0);
  const snapshot = snapshotWith({
    status: found({
      name: 'x',
      vmRss: bytes(rssAnon + mib(files) + (status.rssShmem ?? 0)),
      vmHwm: undefined,
      rssAnon,
      rssFile: mib(files),
      rssShmem: mib(0),
      vmSwap: mib(0),
      vmPte: undefined,
      threads: 5,
      ...status,
    }),
    others: found(others),
    cgroup: found({
      version: 1,
      via: 'path',
      levels: [
        {
          path: '/x',
          usage: bytes((stat.anon ?? 0) + (stat.file ?? 0)),
          limit: undefined,
          high: undefined,
          stat: cgroupStatWith({ shmem: mib(0), ...stat }),
        },
      ],
      usageBefore: bytes((stat.anon ?? 0) + (stat.file ?? 0)),
      peak: undefined,
      swap: undefined,
      swapLimit: undefined,
      hierarchicalLimit: undefined,
    }),
  });
  const named = {
    ...nothingNamed,
    shared: { distinct: distinct === undefined ? (status.rssShmem ?? mib(0)) : mib(distinct), largest: [] },
  };
  return ledgerOf(snapshot, bookWith({ go_arenas: rssAnon, mapped_files: mib(files) }, { named }));
}

function judged(cause: Cause, ...told: Parameters<typeof seen>) {
  const judgment = cause.judge({ ledger: seen(...told), past: pastOf({}) });
  assert.ok(judgment.ok);
  return judgment.value === 'inactive' ? undefined : judgment.value.summary;
}

test('KSM merged 64 MiB: resident, and not charged', () => {
  const says = judged(chargedElsewhere, { rssAnon: mib(71.4 - 8) }, { anon: mib(1.6), file: mib(8) });
  assert.match(says ?? '', /^61\.8 MiB of the process's memory is not charged to its group \(it was moved here .* KSM/);
});

test('a process that was moved has left its memory with the old group', () => {
  assert.match(judged(chargedElsewhere, { rssAnon: mib(64.6) }, { anon: mib(0.5), file: mib(8) }) ?? '', /^64\.1 MiB/);
});

test('shared memory that another group wrote', () => {
  const says = judged(chargedElsewhere, { rssAnon: mib(4), rssShmem: mib(64) }, { anon: mib(4), file: mib(8) });
  assert.match(says ?? '', /^64\.0 MiB .*shared memory is charged to who wrote it/);
});

test('a file of 200 MiB that another container read first', () => {
  const says = judged(chargedElsewhere, { rssAnon: mib(2) }, { anon: mib(2), file: mib(0) }, { files: 206 });
  assert.match(says ?? '', /^206 MiB of its files .* are charged to another group/);
});

test('what a program of 60 MiB shares of libraries alone is not worth a word', () => {
  assert.equal(judged(chargedElsewhere, { rssAnon: mib(60) }, { anon: mib(60), file: mib(0) }, { files: 6 }), undefined);
});

test('copies that only a child in another group uses are in no process of the container', () => {
  assert.match(judged(anonInNoProcess, { rssAnon: mib(65.8) }, { anon: mib(98.5), file: mib(1) }) ?? '', /^32\.7 MiB/);
});

test('the anonymous memory of other processes of the group is theirs', () => {
  const others = { count: 1, rss: mib(40), anon: mib(32.7) };
  assert.equal(judged(anonInNoProcess, { rssAnon: mib(65.8) }, { anon: mib(98.5), file: mib(1) }, { others }), undefined);
});

test('a memfd that is mapped twice is charged once, and so it is held once', () => {
  const status = { vmRss: mib(140), rssAnon: mib(4), rssShmem: mib(128), rssFile: mib(8) };
  const stat = { anon: mib(4), shmem: mib(64), file: mib(72) };
  assert.equal(judged(chargedElsewhere, status, stat, { distinct: 64 }), undefined);
  const others = { count: 3, strangers: 3, rss: mib(90), anon: mib(90) };
  assert.deepEqual(heldOf(seen(status, stat, { distinct: 64, others })), found({ size: mib(68), of: 'shared' }));
});
