import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../kernel/process/processes.ts';
import { locateLab } from '../programs.ts';
import { carryOut } from './carry-out.ts';
import { explainJson } from './explained.ts';
import { limitedGroup, startLabIn } from './lab.ts';

// Kernel memory behind open files: memgap says which, and what it says to do is done.

const mib = 1024 ** 2;

for (const [remedy, shape, undo, says, next] of [
  [
    'a lower max_entries of a BPF hash map',
    'bpf-hash',
    ['undo', 'bpf-hash?mib=4'],
    /is 1 BPF map|are 1 BPF map/,
    /^bpftool map show: which are they\? Fewer max_entries/,
  ],
  [
    'BPF_F_NO_PREALLOC, with which a hash map grows as entries come',
    'bpf-hash',
    ['undo', 'bpf-hash-grows?mib=48'],
    /1 BPF map/,
    /with BPF_F_NO_PREALLOC a hash map grows as entries come$/,
  ],
  [
    'fewer rings of io_uring',
    'io-uring-unmapped',
    ['undo', 'io-uring-unmapped?mib=3'],
    /io_uring rings/,
    /^fewer rings, or fewer entries in each/,
  ],
  ['read the pipes', 'pipes-unread', ['pipes-read'], /are \d+ pipes of up to 1\.00 MiB/, /^read what is written to them, or close them/],
  ['read the UNIX sockets', 'unix-unread', ['unix-read'], /\d+ sockets other than TCP/, /^ss -xmp .*Then read or close them/],
  ['close the eventfds', 'eventfds', ['eventfds-closed'], /are \d+ eventfd and eventpoll/, /^close them/],
] as const) {
  test(`kernel_other: ${remedy}`, { timeout: 60_000 }, async (t) => {
    const lab = locateLab('go-newest-pure');
    if (!lab.ok) return t.skip(lab.detail);
    const group = limitedGroup(t, shape, 400 * mib);
    if (!group.ok) return t.skip(group.detail);
    const { child, address } = await startLabIn(t, group.value, lab.value);
    const kernel = () => Number(readFileSync(join(group.value.directory, 'memory.kmem.usage_in_bytes'), 'utf8'));
    const before = kernel();
    const made = await fetch(`http://${address}/shape/${shape}?mib=48`);
    if (made.status === 503) return t.skip(await made.text());
    assert.equal(made.status, 200, await made.text());
    const held = kernel() - before;
    const { causes } = await explainJson(child.pid, address);
    const cause = causes.find(({ name }: { readonly name: string }) => name === 'kernel_other');
    t.diagnostic(`${(held / mib).toFixed(1)} MiB: ${cause?.summary}`);
    assert.match(cause?.summary ?? '', says);
    assert.match(cause?.next ?? '', next);
    for (const step of undo) assert.equal((await fetch(`http://${address}/shape/${step}`)).status, 200);
    await sleep(1000); // maps and rings are taken down by workers of the kernel's
    const left = kernel() - before;
    assert.ok(left < 0.2 * held, `${(left / mib).toFixed(1)} of ${(held / mib).toFixed(1)} MiB are left`);
  });
}

test('kernel_other: cat /proc/slabinfo on the node, before and after', async (t) => {
  const slabs = () =>
    new Map(
      [...readFileSync('/proc/slabinfo', 'utf8').matchAll(/^(\S+) +(\d+) +\d+ +(\d+)/gm)].map(
        ([, name = '', count, size]) => [name, Number(count) * Number(size)] as const,
      ),
    );
  let before = new Map<string, number>();
  await carryOut(t, {
    cause: 'kernel_other',
    next: /^cat \/proc\/slabinfo on the node, before and after: which grow\?/,
    make: ({ json }) => {
      before = slabs();
      return json('/shape/dentries?mib=64');
    },
    remedy: async () => {
      const growth = [...slabs()].map(([name, size]) => ({ name, size: size - (before.get(name) ?? 0) }));
      const [most] = growth.toSorted((one, other) => other.size - one.size);
      assert.equal(most?.name, 'dentry', JSON.stringify(most));
    },
    stays: true,
  });
});

test('bpf_maps_uncharged: fewer max_entries, or a map that all share', (t) => {
  const perCpu = () => 1024 * Number(/^Percpu: +(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]);
  let held = 0;
  return carryOut(t, {
    cause: 'bpf_maps_uncharged',
    next: /fewer max_entries, or a map that all share$/,
    make: async ({ json }) => {
      await json('/shape/bpf-percpu?mib=64');
      held = perCpu();
    },
    remedy: async ({ json }) => {
      await json('/shape/undo');
      await json('/shape/bpf-percpu?mib=2');
      await until(() => held - perCpu() > 50 * mib);
      await json('/shape/undo');
      await json('/shape/bpf-hash?mib=2'); // that all share, and the container is charged for
    },
  });
});
