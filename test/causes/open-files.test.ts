import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ledgerOf } from '../../src/books/ledger.ts';
import { type ActiveCause, judge } from '../../src/causes/engine/judge.ts';
import { causes } from '../../src/causes/index.ts';
import type { CgroupStat } from '../../src/model/cgroup.ts';
import type { OpenFiles } from '../../src/model/process.ts';
import { found, missing } from '../../src/model/reading.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { bytes } from '../../src/model/units.ts';
import { cgroupStatWith, snapshotWith } from '../snapshots.ts';
import { pastOf } from './pasts.ts';

const mib = (count: number) => bytes(Math.round(count * 1024 ** 2));

/** What a Go program has open anyhow. */
const quiet: OpenFiles = {
  descriptors: 9,
  sockets: 1,
  tcpSockets: 1,
  sendQueues: bytes(0),
  sending: 0,
  sendHeld: bytes(0),
  receiveQueues: bytes(0),
  pipes: 2,
  anonInodes: { eventpoll: { count: 1 }, eventfd: { count: 1 } },
  deleted: { count: 0, unsized: 0, bytes: bytes(0), largest: [] },
};

function judged(version: 1 | 2, usage: number, stat: Partial<CgroupStat>, open: Partial<OpenFiles>, more: Partial<Snapshot> = {}) {
  const told = cgroupStatWith({ anon: mib(1), file: bytes(0), shmem: bytes(0), ...stat });
  const cgroup: Snapshot['cgroup'] = found({
    version,
    via: 'root',
    levels: [{ path: '/x', usage: bytes(usage), limit: undefined, high: undefined, stat: told }],
    usageBefore: bytes(usage),
    peak: undefined,
    swap: undefined,
    swapLimit: undefined,
    hierarchicalLimit: undefined,
  });
  const openFiles = found({ value: { ...quiet, ...open }, at: 0 });
  return judge(causes, { ledger: ledgerOf(snapshotWith({ cgroup, openFiles, ...more })), past: pastOf({}) });
}

function cause(verdicts: ReturnType<typeof judge>, name: string): ActiveCause | undefined {
  return verdicts.active.find((each) => each.name === name);
}

/** Rows K3, K4 and K7 of what was measured on Linux 6.18: what a program had open, and what cgroup v1 charged for it. */
for (const [what, kernel, open, says, next] of [
  ['16 io_uring rings', 64.7, { anonInodes: { io_uring: { count: 16 } } }, /are 16 io_uring rings\.$/, /^fewer rings/],
  [
    'a BPF hash map',
    128,
    { anonInodes: { 'bpf-map': { count: 1, bytes: mib(128) } } },
    /are 1 BPF map \(128 MiB\)\.$/,
    /^bpftool map show/,
  ],
  ['64 pipes', 65.4, { pipes: 66 }, /are 66 pipes of up to 1\.00 MiB\.$/, /^read what is written/],
  ['16 UNIX pairs', 65.9, { sockets: 33 }, /are 32 sockets other than TCP\.$/, /^ss -xmp/],
  ['10 000 UDP sockets', 25.2, { sockets: 10_001 }, /are 10000 sockets other than TCP\.$/, /^ss -xmp/],
  [
    '19 992 eventfds',
    8.2,
    { anonInodes: { eventfd: { count: 19_993 }, eventpoll: { count: 1 } } },
    /are 19994 eventfd and eventpoll, 2 pipes/,
    /^close them/,
  ],
  ['inotify', 136, { anonInodes: { inotify: { count: 1 } } }, /are 1 inotify, whose watches keep inodes\.$/, /slabinfo/],
  ['dentries', 64, {}, /nothing that this process has open takes so much; mostly inodes and dentries/, /slabinfo/],
] as const) {
  test(`kernel memory of cgroup v1 behind ${what}`, () => {
    const verdicts = judged(1, mib(kernel + 2), { kernel: mib(kernel) }, open);
    assert.equal(cause(verdicts, 'kernel_other')?.bytes, mib(kernel));
    assert.match(cause(verdicts, 'kernel_other')?.summary ?? '', says);
    assert.match(cause(verdicts, 'kernel_other')?.next ?? '', next);
  });
}

test('what is open is not known: then nothing is said of it, and the container may have other processes', () => {
  const lost = missing('denied', 'lost on purpose');
  const unknown = judged(1, mib(66), { kernel: mib(64) }, {}, { openFiles: lost });
  assert.doesNotMatch(cause(unknown, 'kernel_other')?.summary ?? '', /open/);
  const others = found({ count: 3, rss: mib(9), anon: mib(3) });
  assert.match(
    cause(judged(1, mib(66), { kernel: mib(64) }, { pipes: 66 }, { others }), 'kernel_other')?.summary ?? '',
    /; 3 other processes share the container\.$/,
  );
});

test('small files are no part of what v2 has for other kernel memory: slab has a line of its own there', () => {
  const verdicts = judged(2, mib(66), { kernel: mib(64) }, { anonInodes: { eventfd: { count: 100_000 }, inotify: { count: 5 } } });
  assert.doesNotMatch(cause(verdicts, 'kernel_other')?.summary ?? '', /eventfd|inotify/);
});

test('per-CPU BPF maps are in no number of the group: fdinfo alone tells them', () => {
  const maps = { anonInodes: { 'bpf-map': { count: 1, bytes: bytes(67_125_560) } } };
  const note = cause(judged(1, mib(2), { kernel: mib(0.3) }, maps), 'bpf_maps_uncharged');
  assert.equal(note?.bytes, undefined);
  assert.match(note?.summary ?? '', /take 64\.0 MiB, at least 63\.7 MiB of it charged to somebody else/);
  assert.equal(cause(judged(1, mib(66), { kernel: mib(64.1) }, maps), 'bpf_maps_uncharged'), undefined);
  assert.equal(cause(judged(1, mib(2), { kernel: mib(0.3) }, {}), 'bpf_maps_uncharged'), undefined);
});

test('cgroup v1 counts TCP memory nowhere: what waits is told by the queues, and claims no byte of the usage', () => {
  const verdicts = judged(1, mib(70), {}, { sendQueues: mib(3), receiveQueues: mib(56), sending: 1 });
  const finding = cause(verdicts, 'socket_buffers');
  assert.equal(finding?.bytes, undefined);
  assert.match(
    finding?.summary ?? '',
    /in no number of cgroup v1.* 56\.0 MiB came in and is not read by this process, 3\.00 MiB it sent and nobody took\.$/,
  );
  assert.match(finding?.next ?? '', /^read faster, or take less in: SetReadBuffer/);
  assert.equal(cause(judged(1, mib(70), {}, {}), 'socket_buffers'), undefined);
  const cut = judged(1, mib(70), {}, { sendQueues: undefined, receiveQueues: undefined });
  assert.deepEqual(
    cut.notJudged.filter(({ reason }) => reason === 'too-large').map(({ name }) => name),
    ['socket_buffers', 'send_queues'],
  );
});

test('page cache that waits for slow readers is taken from what the kernel can have back', () => {
  const cache = { file: mib(256), shmem: bytes(0), dirty: bytes(0), writeback: bytes(0) };
  const verdicts = judged(1, mib(272), cache, { sendQueues: mib(235), sendHeld: mib(240), receiveQueues: bytes(0), sending: 64 });
  assert.equal(cause(verdicts, 'send_queues')?.bytes, mib(240));
  assert.match(
    cause(verdicts, 'send_queues')?.summary ?? '',
    /^235 MiB was sent and not taken by 64 slow readers: .* can't be taken back\.$/,
  );
  assert.equal(cause(verdicts, 'page_cache')?.bytes, mib(16));
  assert.equal(cause(verdicts, 'socket_buffers'), undefined, 'one name for the same bytes');
  const copied = judged(1, mib(16), { file: mib(2) }, { sendQueues: mib(235), sendHeld: mib(256), receiveQueues: bytes(0), sending: 64 });
  assert.match(cause(copied, 'socket_buffers')?.next ?? '', /^ss -tm: who does not read/);
  assert.equal(cause(judged(1, mib(272), cache, { sendQueues: mib(20), sendHeld: mib(26) }), 'send_queues'), undefined);
});
