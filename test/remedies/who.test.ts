import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Subject, withSubject } from '../../acceptance/causes/subject.ts';
import type { Look } from '../../acceptance/causes/watched.ts';
import { locate, locateLab } from '../programs.ts';
import { carryOut, rssFell, type Trial } from './carry-out.ts';
import { installed, locateGo, printedWhile, shell } from './command.ts';

// Commands that tell who it is: what they print must name the function of the lab's that did it.

const cgo = 'go-newest-cgo';

const leak =
  (name: string, size = 128) =>
  ({ json }: Subject) =>
    json(`/leak/${name}?mib=${size}`);

async function collected({ lab, look }: Subject): Promise<void> {
  for (let count = 0; count < 3; count += 1) {
    await lab.ask('/gc');
    await look();
  }
}

/** A little before each of many polls, five minutes apart by the clock that memgap sees. */
const growing = (name: string) => async (subject: Subject) => {
  for (let count = 0; count < 48; count += 1) {
    await leak(name, 4)(subject);
    await subject.look(300);
  }
};

function nextOf({ verdicts }: Look, cause: string): string {
  return verdicts.active.find(({ name }) => name === cause)?.next ?? '';
}

type Told = Pick<Trial, 'cause' | 'make' | 'lab'> & { readonly next: RegExp; readonly names: RegExp };

/** The part of the next step that is a command is what `next` captures. */
function commandOf(before: Look, { cause, next }: Pick<Told, 'cause' | 'next'>): string {
  const [, command = ''] = next.exec(nextOf(before, cause)) ?? [];
  assert.notEqual(command, '');
  return command;
}

function profiled(t: TestContext, told: Told, more: Partial<Trial> = {}): Promise<void> | void {
  const go = locateGo();
  if (!go.ok) return t.skip(go.detail);
  return carryOut(t, {
    ...told,
    stays: true,
    remedy: async ({ lab }, before) => {
      const command = commandOf(before, told).replace('tool pprof', 'tool pprof -top');
      assert.match(shell(command, { pid: lab.pid, address: lab.address }), told.names);
    },
    ...more,
  });
}

/** `again`: does once more what the strace is to see. */
function straced(
  t: TestContext,
  { again, ...told }: Told & { readonly again: (subject: Subject) => Promise<unknown> },
): Promise<void> | void {
  const strace = installed('strace');
  if (!strace.ok) return t.skip(strace.detail);
  return carryOut(t, {
    ...told,
    stays: true,
    remedy: async (subject, before) => {
      const output = await printedWhile(commandOf(before, told), subject.lab.pid, () => again(subject));
      if (/Operation not permitted|unwind/.test(output) && !told.names.test(output)) return t.skip(output.slice(0, 200));
      assert.match(output, told.names);
    },
  });
}

test('go_live_heap: go tool pprof -inuse_space URL/debug/pprof/heap', (t) =>
  profiled(t, {
    cause: 'go_live_heap',
    next: /^(go tool pprof -inuse_space URL\/debug\/pprof\/heap)$/,
    make: async (subject) => {
      await leak('live-heap')(subject);
      await collected(subject);
    },
    names: /main\.(allocate|liveHeap)/,
  }));

test('go_stacks: go tool pprof URL/debug/pprof/goroutine', (t) =>
  profiled(t, {
    cause: 'go_stacks',
    next: /^(go tool pprof URL\/debug\/pprof\/goroutine): where do they wait\?$/,
    make: leak('goroutines'),
    names: /main\.parked/,
  }));

test('go_fragmentation: find what outlives a load, and copy what must stay', (t) => {
  const told = {
    cause: 'go_fragmentation',
    next: /^(go tool pprof -inuse_space URL\/debug\/pprof\/heap): .*, and copy what must stay$/,
    names: /main\.fragmented/,
  };
  return profiled(
    t,
    {
      ...told,
      make: async (subject) => {
        await subject.json('/shape/fragmented?mib=128');
        await collected(subject);
      },
    },
    {
      remedy: async (subject, before) => {
        const command = commandOf(before, told).replace('tool pprof', 'tool pprof -top');
        assert.match(shell(command, subject.lab), told.names);
        await subject.json('/shape/undo');
      },
      helped: rssFell,
    },
  );
});

test('native_mmap: strace -f -k -e trace=mmap,munmap -p PID through a load', (t) =>
  straced(t, {
    cause: 'native_mmap',
    next: /^(strace -f -k -e trace=mmap,munmap -p PID) through a load shows who maps/,
    make: leak('mmap'),
    again: leak('mmap', 8),
    names: /main\.mapped\+/,
  }));

test("native_mmap: the same of C's malloc", (t) =>
  straced(t, {
    cause: 'native_mmap',
    next: /^(strace -f -k -e trace=mmap,munmap -p PID) through a load shows who maps/,
    lab: cgo,
    make: leak('malloc-large'),
    again: leak('malloc-large', 8),
    names: /Cfunc_allocate_blocks\+/,
  }));

test('c_malloc_leak: strace -f -k -e trace=mmap,munmap -p PID through a minute', (t) =>
  straced(t, {
    cause: 'c_malloc_leak',
    next: /^(strace -f -k -e trace=mmap,munmap -p PID) through a minute shows who maps and does not unmap$/,
    make: growing('mmap'),
    again: leak('mmap', 8),
    names: /main\.mapped\+/,
  }));

test('madv_free: strace -f -k -e trace=madvise -p PID, where other code than Go gave it back', (t) =>
  straced(t, {
    cause: 'madv_free',
    next: /^(strace -f -k -e trace=madvise -p PID): who calls madvise\(MADV_FREE\)/,
    make: ({ json }) => json('/shape/heap-freed?mib=64'),
    again: ({ json }) => json('/shape/heap-freed?mib=8'),
    names: /MADV_FREE[\s\S]*main\.heapFreed\+/,
  }));

test('thread_stacks: which goroutines hold a thread', (t) =>
  carryOut(t, {
    cause: 'thread_stacks',
    next: /^curl -s 'URL/,
    lab: cgo,
    make: async (subject) => {
      await leak('pthreads')(subject);
      await leak('locked-threads', 8)(subject);
    },
    stays: true,
    remedy: async ({ lab }, before) => {
      const command = commandOf(before, { cause: 'thread_stacks', next: /^(curl .*?): / });
      assert.match(shell(command, lab), /locked to thread\][\s\S]*main\.parked/);
    },
  }));

test('thread_stacks: strace -f -k -e trace=mmap -p PID, MAP_STACK', (t) =>
  straced(t, {
    cause: 'thread_stacks',
    next: /^(strace -f -k -e trace=mmap -p PID) 2>&1 \| grep -A 12 MAP_STACK through a load/m,
    lab: cgo,
    make: leak('pthreads'),
    again: leak('pthreads', 8),
    names: /MAP_STACK[^\n]*\n( >[^\n]*\n){1,12} >[^\n]*Cfunc_start_tasks\+/,
  }));

test('c_malloc_leak: jemalloc with MALLOC_CONF=prof:true,lg_prof_interval:30', (t) => {
  const jemalloc = locate('jemalloc');
  const nm = installed('nm');
  const path = locateLab(cgo);
  if (!jemalloc.ok) return t.skip(jemalloc.detail);
  if (!nm.ok) return t.skip(nm.detail);
  if (!path.ok) return t.skip(path.detail);
  const folder = mkdtempSync(join(tmpdir(), 'memgap-jeprof-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return carryOut(t, {
    cause: 'c_malloc_leak',
    next: /run under jemalloc with MALLOC_CONF=prof:true,lg_prof_interval:30,prof_prefix:\/tmp\/jeprof/,
    lab: cgo,
    make: growing('malloc-small'),
    stays: true,
    remedy: async () => {
      // 2^24 bytes for the 2^30 of a leak that takes its time
      const MALLOC_CONF = `prof:true,lg_prof_interval:24,prof_prefix:${folder}/jeprof`;
      await withSubject(path.value, { preload: 'jemalloc', environment: { MALLOC_CONF } }, leak('malloc-small'));
      const [last = ''] = readdirSync(folder).toSorted().slice(-1);
      const heaviest = readFileSync(join(folder, last), 'utf8').matchAll(/^@(.*)\n\s+t\*: \d+: (\d+) /gm);
      const [, frames = ''] = [...heaviest].toSorted(([, , one], [, , other]) => Number(other) - Number(one))[0] ?? [];
      const names = frames
        .trim()
        .split(' ')
        .map((frame) => functionAt(nm.value, path.value, Number(frame)));
      assert.ok(
        names.some((name) => /allocate_blocks/.test(name)),
        `${last}: ${names.join()}`,
      );
    },
  });
});

/** As jeprof does: the symbol before an address. */
function functionAt(nm: string, program: string, address: number): string {
  const symbols = execFileSync(nm, ['-n', program], { encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 }).split('\n');
  return symbols.findLast((line) => Number(`0x${line.slice(0, 16)}`) <= address) ?? '';
}
