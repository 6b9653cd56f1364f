import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** The kernel's file systems of this machine. */
export const here = { procfs: '/proc', cgroupfs: '/sys/fs/cgroup' };

/** A pid that Linux never gives (PID_MAX_LIMIT is 2^22). */
export const noPid = 4_194_305;

/** A folder of the test's own, removed after it. */
export function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'memgap-test-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A real program under any name, running for as long as the test does. */
export async function startNamed(t: TestContext, name: string): Promise<{ readonly pid: number; readonly path: string }> {
  const path = join(folder(t), name);
  copyFileSync('/bin/sleep', path);
  return { pid: await start(t, path, ['600']), path };
}

/** Runs a program until the test ends, and waits until it is that program (and not yet the fork of this one). */
export async function start(t: TestContext, path: string, args: readonly string[]): Promise<number> {
  const child = spawn(path, args, { stdio: 'ignore' });
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  t.after(() => stop(child));
  return child.pid ?? 0;
}

/** A sleep that has been loaded and sleeps: a program that has only just been started has few of its mappings. */
export async function sleeper(t: TestContext): Promise<number> {
  const pid = await start(t, '/bin/sleep', ['600']);
  await until(() => stateOf(pid) === 'S');
  return pid;
}

/** Waits until something is so; the runner's own timeout ends it if it never is. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** The state letter of a process; '' when it is not there. */
export function stateOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) (.).*$/s, '$1');
  } catch {
    return '';
  }
}

/** Whether pid 2 is the kernel's kthreadd, as it is outside of containers. */
export function seesKernelThreads(): boolean {
  try {
    readlinkSync('/proc/2/exe');
    return false;
  } catch {
    return stateOf(2) !== '';
  }
}

/** Does something with another user's rights, until it has come to its end: no capability, and none of root's files. Only root can. */
export function asNobody<T>(action: () => T): T {
  const groups = process.getgroups?.() ?? [];
  const restore = () => {
    process.seteuid?.(0);
    process.setegid?.(0);
    process.setgroups?.(groups);
  };
  process.setgroups?.([]);
  process.setegid?.(65_534);
  process.seteuid?.(65_534);
  let result: T | undefined;
  try {
    result = action();
    if (result instanceof Promise) void result.then(restore, restore);
    return result;
  } finally {
    if (!(result instanceof Promise)) restore();
  }
}

/** The same for what takes its time. */
export async function asNobodyLater<T>(action: () => Promise<T>): Promise<T> {
  const groups = process.getgroups?.() ?? [];
  process.setgroups?.([]);
  process.setegid?.(65_534);
  process.seteuid?.(65_534);
  try {
    return await action();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
    process.setgroups?.(groups);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
