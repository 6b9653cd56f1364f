import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Subject, withSubject } from '../../acceptance/causes/subject.ts';
import type { Look } from '../../acceptance/causes/watched.ts';
import { until } from '../kernel/process/processes.ts';
import { locateLab } from '../programs.ts';
import { carryOut, mib, rssFell, rssOf, usageFell, usageOf } from './carry-out.ts';
import { installed } from './command.ts';

function shaped(name: string): (subject: Subject) => Promise<unknown> {
  return ({ json }) => json(`/shape/${name}?mib=64`);
}

/** The program lets go of what it holds: closes, unmaps, unlocks. */
function undo({ json }: Subject): Promise<unknown> {
  return json('/shape/undo');
}

/** The kernel takes back all that it can of the group. */
function shortOfMemory({ group }: Subject): void {
  writeFileSync(join(group?.directory ?? '', 'memory.force_empty'), '0');
}

function statusOf(pid: number, key: string): number {
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

function filesOf({ ledger }: Look) {
  assert.ok(ledger.mapped.ok);
  return ledger.mapped.value.value.named.files;
}

test('file_cow: munmap what is done with', (t) =>
  carryOut(t, { cause: 'file_cow', next: /munmap what is done with/, make: shaped('private-file'), remedy: undo, helped: rssFell }));

test('file_cow: MAP_SHARED, or a mapping that is only read', (t) =>
  carryOut(t, {
    cause: 'file_cow',
    next: /^MAP_SHARED, or a mapping that is only read/,
    make: shaped('private-file'),
    remedy: async (subject) => {
      await undo(subject);
      await shaped('read-file')(subject);
      shortOfMemory(subject);
    },
    helped: usageFell,
  }));

test('jit_code: close what is done with', (t) =>
  carryOut(t, { cause: 'jit_code', next: /close what is done with/, make: shaped('jit'), remedy: undo, helped: rssFell }));

test('locked_memory: start it without the lock', (t) =>
  carryOut(t, {
    cause: 'locked_memory',
    next: /^start it without the lock/,
    make: async (subject) => {
      await shaped('locked-file')(subject);
      shortOfMemory(subject); // which it withstands
    },
    remedy: async (subject) => {
      await undo(subject);
      await shaped('read-file')(subject);
      shortOfMemory(subject);
    },
    helped: usageFell,
  }));

test('locked_memory: start it without mlockall', async (t) => {
  await carryOut(t, {
    cause: 'locked_memory',
    next: /mlockall in the code/,
    make: shaped('locked-all'),
    remedy: async () => undefined,
    stays: true,
    helped: (before) => assert.ok(rssOf(before) > 150 * mib), // what Go had only reserved
  });
  await startedWithout(async () => undefined);
});

test('mapped_files: nothing, of clean pages', (t) =>
  carryOut(t, {
    cause: 'mapped_files',
    next: /^nothing/,
    make: shaped('read-file'),
    remedy: async (subject) => shortOfMemory(subject),
    helped: usageFell,
  }));

test('mapped_files: sync FILE, of dirty pages', (t) =>
  carryOut(t, {
    cause: 'mapped_files',
    next: /^sync FILE/,
    make: shaped('dirty-file'),
    remedy: async (_, { ledger }) => {
      assert.ok(ledger.mapped.ok);
      execFileSync('sync', [ledger.mapped.value.value.largestFiles[0]?.path ?? '']);
    },
    stays: true,
    helped: (before, after) => {
      assert.ok(
        filesOf(before).dirty > 60 * mib && filesOf(after).dirty < 4 * mib,
        `${filesOf(before).dirty}, then ${filesOf(after).dirty}`,
      );
      assert.ok(filesOf(after).clean > 60 * mib);
    },
  }));

test('charged_unmapped: close the io_uring that has it pinned', (t) =>
  carryOut(t, {
    cause: 'charged_unmapped',
    next: /^close the io_uring, or unregister its buffers/,
    make: shaped('io-uring-buffers'),
    remedy: async (subject) => {
      await undo(subject);
      await until(() => statusOf(subject.lab.pid, 'VmPin') === 0); // a ring is taken down by a worker of the kernel's
    },
    helped: usageFell,
  }));

test('charged_unmapped: close the pipes that hold it', (t) =>
  carryOut(t, { cause: 'charged_unmapped', next: /^close what holds it: pipes/, make: shaped('pipes'), remedy: undo, helped: usageFell }));

test('charged_unmapped: nothing, of huge pages', (t) =>
  carryOut(t, {
    cause: 'charged_unmapped',
    next: /^nothing: it is taken back/,
    make: shaped('huge-halves'),
    remedy: async (subject) => shortOfMemory(subject),
    helped: usageFell,
  }));

test('shmem: ls -l /proc/PID/fd | grep -e memfd -e deleted, and close what is not needed', (t) =>
  carryOut(t, {
    cause: 'shmem',
    next: /^ls -l \/proc\/\d+\/fd \| grep -e memfd -e deleted/,
    make: shaped('tmpfs'),
    remedy: async (subject, { verdicts }) => {
      const next = verdicts.active.find(({ name }) => name === 'shmem')?.next ?? '';
      const [command = ''] = /^ls -l \/proc\/\d+\/fd \| grep -e memfd -e deleted/.exec(next) ?? [];
      assert.match(execFileSync('sh', ['-c', command], { encoding: 'utf8' }), /\/dev\/shm\/memgap-lab-\d+ \(deleted\)/);
      await undo(subject);
    },
    helped: usageFell,
  }));

test('shmem: the same of a memfd that is mapped', (t) =>
  carryOut(t, {
    cause: 'shmem',
    next: /close and unmap what is not needed$/,
    make: shaped('memfd-twice'),
    remedy: undo,
    helped: usageFell,
  }));

test('shmem: unmap a memfd that is closed', (t) =>
  carryOut(t, {
    cause: 'shmem',
    next: /, or a mapping of such a file: close and unmap what is not needed$/,
    make: shaped('memfd-closed'),
    remedy: undo,
    helped: usageFell,
  }));

test('shmem: findmnt -t tmpfs, and delete what lies there', (t) => {
  const file = `/dev/shm/memgap-remedy-${process.pid}`;
  t.after(() => rmSync(file, { force: true }));
  return carryOut(t, {
    cause: 'shmem',
    next: /findmnt -t tmpfs/,
    make: async ({ group }) => {
      const write = 'echo $$ > "$0/cgroup.procs"; exec dd if=/dev/zero of="$1" bs=1M count=64 status=none';
      execFileSync('sh', ['-c', write, group?.directory ?? '', file]);
    },
    remedy: async () => {
      assert.match(execFileSync('findmnt', ['-t', 'tmpfs', '-n', '-o', 'TARGET'], { encoding: 'utf8' }), /\/dev\/shm$/m);
      rmSync(file);
    },
    helped: usageFell,
  });
});

test('shmem: ipcs -m, and ipcrm -m what nobody needs', (t) => {
  const ipcs = installed('ipcs');
  const ipcrm = installed('ipcrm');
  if (!ipcs.ok) return t.skip(ipcs.detail);
  if (!ipcrm.ok) return t.skip(ipcrm.detail);
  let id = '';
  t.after(() => id === '' || execFileSync('sh', ['-c', `${ipcrm.value} -m ${id} 2>/dev/null || true`]));
  return carryOut(t, {
    cause: 'shmem',
    next: /^ipcs -m, and ipcrm -m what nobody needs$/,
    make: async (subject) => {
      await shaped('system-v')(subject);
      const rows = execFileSync(ipcs.value, ['-m', '-p'], { encoding: 'utf8' });
      id = new RegExp(`^(\\d+) +\\S+ +${subject.lab.pid} `, 'm').exec(rows)?.[1] ?? '';
    },
    remedy: async (subject) => {
      assert.match(execFileSync(ipcs.value, ['-m'], { encoding: 'utf8' }), new RegExp(`^0x\\S+ +${id} +\\S+ +\\d+ +${64 * mib} +1 `, 'm'));
      await undo(subject); // detached, and still there
      const detached = usageOf(await subject.look());
      execFileSync(ipcrm.value, ['-m', id]);
      assert.ok(detached - usageOf(await subject.look()) > 60 * mib);
    },
    helped: usageFell,
  });
});

test('shmem: munmap what is shared and anonymous', (t) =>
  carryOut(t, {
    cause: 'shmem',
    next: /^munmap what is not needed: memory that was mapped MAP_SHARED\|MAP_ANONYMOUS is in no file$/,
    make: shaped('shared-anonymous'),
    remedy: undo,
    helped: usageFell,
  }));

test('peak_not_go: nothing, of a file that was mapped', (t) =>
  carryOut(t, {
    cause: 'peak_not_go',
    next: /^nothing: pages of files are taken back when memory is short$/,
    make: async (subject) => {
      await subject.look();
      await shaped('file-that-stays')(subject);
      await subject.look();
      await undo(subject); // unmapped; what was read stays in the cache
    },
    remedy: async (subject) => shortOfMemory(subject),
    stays: true,
    helped: (before, after) => assert.ok(usageOf(after) < 0.5 * usageOf(before), `${usageOf(before)}, then ${usageOf(after)}`),
  }));

test('peak_not_go: look while it lasts', (t) =>
  carryOut(t, {
    cause: 'peak_not_go',
    next: /^look while it lasts: repeat the load under memgap serve, which tells native memory from files; native memory needs its room in the limit/,
    make: ({ json }) => json('/shape/native-peak?mib=64'),
    remedy: async (subject) => {
      await shaped('anonymous')(subject);
      const during = await subject.look();
      assert.ok(during.verdicts.active.some(({ name, bytes = 0 }) => name === 'native_mmap' && bytes > 60 * mib));
      await undo(subject);
    },
    stays: true,
    helped: (_, after) => {
      const told = after.verdicts.active.find(({ name }) => name === 'peak_not_go');
      assert.match(told?.summary ?? '', /most of it memory mapped outside of Go\.$/);
    },
  }));

test('madv_free: take madvdontneed=0 out of GODEBUG', async (t) => {
  const freed = async ({ lab, json }: Subject) => {
    await json('/leak/dropped-heap?mib=64');
    await lab.ask('/free');
  };
  await carryOut(t, {
    cause: 'madv_free',
    next: /^take madvdontneed=0 out of GODEBUG/,
    environment: { GODEBUG: 'madvdontneed=0' },
    make: freed,
    remedy: async () => undefined,
    stays: true,
  });
  await startedWithout(freed);
});

/** A lab that does the same without the lock or the setting is small. */
async function startedWithout(make: (subject: Subject) => Promise<void>): Promise<void> {
  const path = locateLab('go-newest-pure');
  if (!path.ok) return;
  await withSubject(path.value, {}, async (subject) => {
    await make(subject);
    const look = await subject.look();
    assert.ok(rssOf(look) < 40 * mib, `${rssOf(look)} bytes are resident`);
    assert.ok(look.verdicts.active.every(({ name }) => name !== 'madv_free' && name !== 'locked_memory'));
  });
}
