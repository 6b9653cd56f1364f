import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createProcessReader, type ProcessReader } from '../../src/poll/process-reader.ts';
import { createRecorder, type Recorder } from '../../src/poll/recorder.ts';
import { startBecoming } from '../kernel/process/becoming.ts';
import { here, startNamed, stateOf, until } from '../kernel/process/processes.ts';
import { ran } from '../ran.ts';
import { madeProcess } from './made-process.ts';

const signal = new AbortController().signal;

function recorder(): Recorder {
  return createRecorder((error) => assert.fail(String(error)));
}

/** The reader of a made process. */
function made(t: TestContext): { readonly reader: ProcessReader; readonly stat: (startTicks: number) => void } {
  const { pid, paths, startAt } = madeProcess(t);
  return { reader: createProcessReader({ by: 'pid', pid }, paths), stat: startAt };
}

test('a process that still lives keeps its identity, to the object', async (t) => {
  const { reader } = made(t);
  const first = await reader.identify(recorder(), signal);
  const second = await reader.identify(recorder(), signal);
  assert.ok(first.ok && second.ok);
  assert.deepEqual(first.value, { pid: 12, startTicks: 500, startTime: 1_700_000_005 });
  assert.equal(second.value, first.value);
});

test('a pid that was given to another process is another process', async (t) => {
  const { reader, stat } = made(t);
  const first = await reader.identify(recorder(), signal);
  stat(900);
  const second = await reader.identify(recorder(), signal);
  assert.ok(first.ok && second.ok);
  assert.notEqual(second.value, first.value);
  assert.equal(second.value.startTicks, 900);
});

test('a pid that was given away while the process was read is noticed: nothing of it is told', async (t) => {
  const { reader, stat } = made(t);
  const identity = await reader.identify(recorder(), signal);
  assert.ok(identity.ok);
  stat(900);
  const present = await reader.confirmSameProcess(recorder(), identity.value, signal);
  assert.equal(!present.ok && present.reason, 'gone');
  assert.match(present.ok ? '' : present.detail, /its pid was given to another one/);
});

test('an execve while the process is read is noticed, and the next poll goes on with the program that is there', async (t) => {
  const shell = await startBecoming(t, ['/bin/cat']);
  const reader = createProcessReader({ by: 'pid', pid: shell.pid }, here);
  const first = await reader.identify(recorder(), signal);
  assert.ok(first.ok);
  await shell.become();
  const present = await reader.confirmSameProcess(recorder(), first.value, signal);
  assert.equal(!present.ok && present.reason, 'gone');
  assert.match(present.ok ? '' : present.detail, /became another program/);

  const own = recorder();
  const second = await reader.identify(own, signal);
  assert.ok(second.ok && second.value !== first.value && second.value.startTicks === first.value.startTicks);
  assert.equal(own.outcomes.process, undefined, 'it is not looked for anew');
  assert.deepEqual(await reader.confirmSameProcess(recorder(), second.value, signal), second);
});

test('a process whose stat can not be read now is no other for that: it is forgotten when it is gone', async (t) => {
  const { pid, paths, folder, startAt } = madeProcess(t);
  const reader = createProcessReader({ by: 'pid', pid }, paths);
  const first = await reader.identify(recorder(), signal);
  writeFileSync(join(folder, 'stat'), 'nonsense');
  const unread = await reader.identify(recorder(), signal);
  startAt(500);
  const again = await reader.identify(recorder(), signal);
  assert.equal(!unread.ok && unread.reason, 'malformed');
  assert.ok(first.ok && again.ok && again.value === first.value);

  rmSync(join(folder, 'stat'));
  const gone = await reader.identify(recorder(), signal);
  assert.equal(!gone.ok && gone.reason, 'gone');
  startAt(500);
  const anew = await reader.identify(recorder(), signal);
  assert.ok(anew.ok && anew.value !== first.value);
});

test('at the limit of open files memgap asks for more of them, not for a right, and knows the process again afterwards', async () => {
  const source = (name: string) => JSON.stringify(join(import.meta.dirname, '../../src/poll', name));
  const code = `
    import { execFileSync } from 'node:child_process';
    import { closeSync, openSync } from 'node:fs';
    import { createProcessReader } from ${source('process-reader.ts')};
    import { createRecorder } from ${source('recorder.ts')};
    const { signal } = new AbortController();
    const recorder = () => createRecorder((error) => console.error(error));
    const reader = createProcessReader({ by: 'pid', pid: process.ppid }, { procfs: '/proc', cgroupfs: '/sys/fs/cgroup' });
    const first = await reader.identify(recorder(), signal);
    // only now: an empty cache of tsx opens many files while it reads the sources
    execFileSync('prlimit', ['--pid', String(process.pid), '--nofile=64']);
    const files = [];
    try { for (;;) files.push(openSync('/dev/null')); } catch {}
    const full = recorder();
    const during = await reader.identify(full, signal);
    for (const file of files) closeSync(file);
    const after = await reader.identify(recorder(), signal);
    console.log(JSON.stringify({ during, failures: full.failures, same: after.ok && after.value === first.value }));`;
  const { stdout, stderr } = await ran(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code]);
  assert.equal(stderr, '');
  const { during, failures, same } = JSON.parse(stdout);
  assert.equal(during.reason, 'exhausted');
  assert.match(during.detail, /\/stat: EMFILE; memgap's own limit of open files is reached: raise it/);
  assert.doesNotMatch(during.detail, /uid|CAP_SYS_PTRACE/);
  assert.deepEqual(failures, [{ source: 'stat', reason: 'exhausted' }], 'and it is not looked for anew');
  assert.equal(same, true);
});

test('a target that has died is said to have ended, however it was told: not to be hidden, or to want another pod', async (t) => {
  const name = `mg-ends-${process.pid}`;
  const { pid } = await startNamed(t, name);
  const readers = [createProcessReader({ by: 'pid', pid }, here), createProcessReader({ by: 'exe', exe: name }, here)];
  for (const reader of readers) assert.ok((await reader.identify(recorder(), signal)).ok);
  process.kill(pid, 'SIGKILL');
  await until(() => stateOf(pid) === '' || stateOf(pid) === 'Z');
  for (const reader of readers) {
    for (let poll = 0; poll < 2; poll += 1) {
      const gone = await reader.identify(recorder(), signal);
      assert.ok(!gone.ok && gone.reason === 'gone');
      assert.match(gone.detail, new RegExp(`^process ${pid}, which was watched, has ended, and none is there in its place`));
      assert.doesNotMatch(gone.detail, /shareProcessNamespace|hidepid/);
    }
  }
});
