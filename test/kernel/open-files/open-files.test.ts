import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openFiles, readOpenFilesUpTo } from '../../../src/kernel/open-files/open-files.ts';
import type { OpenFiles } from '../../../src/model/process.ts';
import { asNobodyLater, here, noPid, sleeper } from '../process/processes.ts';

const { signal } = new AbortController();
const mib = 1024 ** 2;
const tmpfs = 0x01021994; // TMPFS_MAGIC of linux/magic.h

/** Runs a program until the test ends; its first line says that it holds what it is to hold. */
async function holding(t: TestContext, command: string, args: readonly string[]): Promise<number> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

/** A program of node's: `sent` bytes that nobody reads, a pipe, deleted files, an inotify instance. */
function holder(sent: number, folders: readonly string[]): readonly string[] {
  const program = `
    const fs = require('fs'), net = require('net');
    const held = [];
    const server = net.createServer({ pauseOnConnect: true }, (socket) => held.push(socket)).listen(0, '127.0.0.1', () => {
      const client = net.connect(server.address().port, '127.0.0.1', () => {
        held.push(client);
        if (${sent} > 0) client.write(Buffer.alloc(${sent}));
        setTimeout(() => console.log('ready'), 50);
      });
    });
    for (const folder of ${JSON.stringify(folders)}) {
      const path = folder + '/memgap-test-' + process.pid;
      held.push(fs.openSync(path, 'wx'), fs.openSync(path, 'r'));
      fs.writeSync(held.at(-2), Buffer.alloc(${3 * mib}));
      fs.unlinkSync(path);
    }
    held.push(fs.watch('/'));
    process.stdin.on('end', () => process.exit()).resume();`;
  return ['-e', program];
}

async function look(pid: number): Promise<OpenFiles> {
  const reading = await openFiles.read({ pid, paths: here }, signal);
  assert.ok(reading.ok, JSON.stringify(reading));
  return reading.value;
}

test('what a process sent and nobody read waits in its own sockets, to the byte', async (t) => {
  const sent = 300_000; // more than a window of 64 KiB, which nobody makes larger while nothing is read
  const pid = await holding(t, process.execPath, holder(sent, []));
  let files = await look(pid);
  // what is on its way to be acknowledged stands in both queues for a moment
  for (let tries = 0; tries < 100 && files.sendQueues !== sent; tries += 1) {
    await sleep(20);
    files = await look(pid);
  }
  const { sendQueues, receiveQueues = 0 } = files;
  assert.equal(sendQueues, sent);
  assert.ok(receiveQueues > 0 && receiveQueues < sent, 'the reader has a window of it');
  assert.ok(files.sockets >= 3, 'the listening one, and both ends of a connection');
  assert.ok(files.anonInodes.inotify !== undefined && files.anonInodes.eventpoll !== undefined && files.anonInodes.eventfd !== undefined);
  assert.ok(files.pipes + files.sockets >= 5 && files.descriptors > files.pipes + files.sockets);
  assert.equal(files.anonInodes.inotify.bytes, undefined, 'which the kernel does not say');
});

test('a deleted file of tmpfs counts once and with its bytes, one of a disk does not', async (t) => {
  if (statfsSync('/dev/shm').type !== tmpfs) return t.skip('/dev/shm is no tmpfs here');
  const folders = ['/dev/shm', ...(statfsSync(tmpdir()).type === tmpfs ? [] : [tmpdir()])];
  const pid = await holding(t, process.execPath, holder(0, folders));
  const { deleted, sendQueues, receiveQueues } = await look(pid);
  assert.deepEqual(deleted, { count: 1, unsized: 0, bytes: 3 * mib, largest: [{ path: `/dev/shm/memgap-test-${pid}`, bytes: 3 * mib }] });
  assert.deepEqual([sendQueues, receiveQueues], [0, 0]);
});

test('memfds count once, whatever they are called, with what was written to them; pipes by inode', async (t) => {
  if (spawnSync('python3', ['-c', 'import os; os.memfd_create']).status !== 0) return t.skip('python3 is not there, which makes memfds');
  const program = `
import os, sys
small, large = os.memfd_create('small'), os.memfd_create('\\x1b[2J\\n x (deleted)')
os.write(small, b'x' * 5000)
os.write(large, b'x' * (2 << 20))
os.dup(large)
pipe = os.pipe()
os.dup(pipe[0])
print('ready', flush=True)
sys.stdin.read()`;
  const before = `
import sys
print('ready', flush=True)
sys.stdin.read()`;
  const files = await look(await holding(t, 'python3', ['-c', program]));
  const plain = await look(await holding(t, 'python3', ['-c', before]));
  const { count, unsized, bytes, largest } = files.deleted;
  assert.deepEqual({ count, unsized, bytes }, { count: 2, unsized: 0, bytes: 2 * mib + 8192 });
  assert.deepEqual(
    largest.map(({ path }) => path),
    ['/memfd:\x1b[2J\n x (deleted)', '/memfd:small'],
  );
  assert.equal(files.pipes, plain.pipes + 1);
});

test('a process that is gone, and one of another user', async (t) => {
  const gone = await openFiles.read({ pid: noPid, paths: here }, signal);
  assert.equal(gone.ok ? '' : gone.reason, 'gone');
  if (process.geteuid?.() !== 0) return t.skip('needs root, to be somebody else');
  const pid = await sleeper(t);
  const denied = await asNobodyLater(async () => openFiles.read({ pid, paths: here }, signal));
  assert.equal(denied.ok ? '' : denied.reason, 'denied');
});

test('more open files than the budget are too many, and said to be', async (t) => {
  const pid = await sleeper(t);
  const { descriptors } = await look(pid);
  assert.equal((await readOpenFilesUpTo({ pid, paths: here }, descriptors, signal)).ok, true);
  const reading = await readOpenFilesUpTo({ pid, paths: here }, descriptors - 1, signal);
  assert.equal(reading.ok ? '' : reading.reason, 'too-large');
  assert.match(reading.ok ? '' : reading.detail, /more than \d+ open files/);
});
