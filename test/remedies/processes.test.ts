import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startChild } from '../../scripts/child.ts';
import { memgap } from '../e2e/memgap.ts';
import { until } from '../kernel/process/processes.ts';
import { carryOut, mib, usageFell } from './carry-out.ts';
import { installed, locateGo, shell } from './command.ts';
import { explainJson } from './explained.ts';
import { limitedGroup } from './lab.ts';

// What other processes hold, what the program file is, and page tables.

test('other_processes: ps -eo pid,ppid,rss,comm, and the child that should have ended', (t) => {
  let other = 0;
  return carryOut(t, {
    cause: 'other_processes',
    next: /^ps -eo pid,ppid,rss,comm: /,
    make: async ({ neighbor }) => {
      other = await neighbor(128);
    },
    remedy: async ({ lab }) => {
      const [largest = ''] = shell('ps -eo pid,ppid,rss,comm', lab).match(new RegExp(`^ *${other} .*$`, 'm')) ?? [];
      assert.match(largest, /^ *\d+ +\d+ +1[3-9]\d{4} lab$/);
      process.kill(other, 'SIGKILL');
      await until(() => !readFileSync(`/proc/${other}/status`, 'utf8').includes('VmRSS')); // a zombie has none
    },
    helped: usageFell,
  });
});

/** 96 MiB that are touched; a child has them too, and of the parent's 64 are given back. */
const forks = `
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void) {
  size_t mib = 1 << 20;
  char *memory = mmap(NULL, 96 * mib, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 1;
  madvise(memory, 96 * mib, MADV_NOHUGEPAGE);
  memset(memory, 1, 96 * mib);
  pid_t child = fork();
  if (child == 0) for (;;) pause();
  madvise(memory, 64 * mib, MADV_DONTNEED);
  printf("child %d\\n", child);
  fflush(stdout);
  for (;;) pause();
}
`;

test('anon_in_no_process: size it by the container, and end the last process that has it', { timeout: 60_000 }, async (t) => {
  const pstree = installed('pstree');
  const cc = installed('cc');
  if (!pstree.ok) return t.skip(pstree.detail);
  if (!cc.ok) return t.skip(cc.detail);
  const [group, elsewhere] = [limitedGroup(t, 'forks', 400 * mib), limitedGroup(t, 'elsewhere', 400 * mib)];
  if (!group.ok) return t.skip(group.detail);
  if (!elsewhere.ok) return t.skip(elsewhere.detail);
  const folder = mkdtempSync(join(tmpdir(), 'memgap-forks-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'forks.c'), forks);
  execFileSync(cc.value, ['-o', join(folder, 'forks'), join(folder, 'forks.c')]);
  const enter = 'echo $$ >"$0/cgroup.procs" && exec "$1"';
  const parent = await startChild('forks', 'sh', ['-c', enter, group.value.directory, join(folder, 'forks')]);
  t.after(parent.stop);
  await until(() => /^child \d+$/m.test(parent.lines().join('\n')));
  const child = Number(/^child (\d+)$/m.exec(parent.lines().join('\n'))?.[1]);
  t.after(() => process.kill(child, 'SIGKILL'));
  writeFileSync(join(elsewhere.value.directory, 'cgroup.procs'), String(child));

  const said = async () => {
    const { code, stdout, stderr } = await memgap(['explain', '--json', '--target.pid', String(parent.pid)]);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  };
  const before = await said();
  const cause = before.causes.find(({ name }: { readonly name: string }) => name === 'anon_in_no_process');
  assert.ok(cause, JSON.stringify(before.causes));
  t.diagnostic(cause.summary);
  assert.match(
    cause.next,
    /^size it by the container, as memgap's right size does; it goes when the last process .*: pstree -p PID shows children/,
  );
  assert.ok(before.right_size.limit > 96 * mib, JSON.stringify(before.right_size));
  assert.match(shell('pstree -p PID', { pid: parent.pid }), new RegExp(`forks\\(${parent.pid}\\)---forks\\(${child}\\)`));

  const usage = () => Number(readFileSync(join(group.value.directory, 'memory.usage_in_bytes'), 'utf8'));
  const held = usage();
  process.kill(child, 'SIGKILL');
  await until(() => held - usage() > 60 * mib);
  const after = await said();
  assert.ok(!after.causes.some(({ name }: { readonly name: string }) => name === 'anon_in_no_process'), JSON.stringify(after.causes));
});

test('page_tables: pmap -x PID | sort -nk2 | tail, and unmap what is sparse', (t) => {
  const pmap = installed('pmap');
  if (!pmap.ok) return t.skip(pmap.detail);
  return carryOut(t, {
    cause: 'page_tables',
    next: /^look for large mappings of which little is resident: pmap -x PID \| sort -nk2 \| tail\. /,
    make: ({ json }) => json('/shape/page-tables?mib=64'),
    remedy: async ({ lab, json }) => {
      const sparse = shell('pmap -x PID | sort -nk2 | tail', lab)
        .split('\n')
        .findLast((line) => /anon/.test(line));
      const [, size, resident] = /^[0-9a-f]+ +(\d+) +(\d+) /.exec(sparse ?? '') ?? [];
      assert.ok(Number(size) === 32 * 1024 ** 2 && Number(resident) < 1024, sparse);
      await json('/shape/undo');
    },
    helped: usageFell,
  });
});

/** With 32 MiB embedded, all of which it reads. */
const embeds = `package main

import (
	_ "embed"
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
)

//go:embed data
var data string

func main() {
	sum := 0
	for i := 0; i < len(data); i += 4096 {
		sum += int(data[i])
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("ready %d %s\\n", sum, listener.Addr())
	_ = http.Serve(listener, nil)
}
`;

test('executable: nothing, for it is taken back; go list -deps names the files that are embedded', { timeout: 120_000 }, async (t) => {
  const go = locateGo();
  const group = limitedGroup(t, 'executable', 400 * mib);
  if (!go.ok) return t.skip(go.detail);
  if (!group.ok) return t.skip(group.detail);
  const folder = mkdtempSync(join(tmpdir(), 'memgap-embeds-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'go.mod'), 'module embeds\n\ngo 1.19\n');
  writeFileSync(join(folder, 'main.go'), embeds);
  writeFileSync(join(folder, 'data'), Buffer.alloc(32 * mib, 'embedded'));
  const within = (command: string) => shell(`cd ${folder} && ${command}`, { pid: 0 });
  within('go build -o made .');
  // of the group, whose page cache it must be: and clean, or it is not taken back before it is written
  const start = 'echo $$ >"$0/cgroup.procs" && cp made program && sync program && exec ./program';
  const program = await startChild('program', 'sh', ['-c', `cd ${folder} && ${start}`, group.value.directory]);
  t.after(program.stop);
  const ready = () => /^ready \d+ (.+)$/m.exec(program.lines().join('\n'))?.[1];
  await until(() => ready() !== undefined);

  const { causes } = await explainJson(program.pid, ready() ?? '');
  const cause = causes.find(({ name }: { readonly name: string }) => name === 'executable');
  assert.ok(cause?.bytes > 32 * mib, JSON.stringify(causes));
  const [, command = ''] =
    /^nothing: a baseline, not a leak; (go list -deps -f '.*') in its source tells which files are in it/.exec(cause.next) ?? [];
  assert.match(within(command), /^embeds \[data\]$/m);

  const resident = () => 1024 * Number(/^RssFile:\s+(\d+)/m.exec(readFileSync(`/proc/${program.pid}/status`, 'utf8'))?.[1]);
  const before = resident();
  writeFileSync(join(group.value.directory, 'memory.force_empty'), '0'); // the kernel takes back all that it can
  t.diagnostic(`${before} bytes of files were resident, then ${resident()}`);
  assert.ok(resident() < 0.3 * before);
});
