import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { failedRead, fileCap, readHead, readProcFile, readSmallFile } from '../../../src/kernel/process/file.ts';
import { folder, here } from './processes.ts';

test('a file of exactly the cap is read, one byte more is too large', (t) => {
  const path = join(folder(t), 'file');
  writeFileSync(path, 'x'.repeat(fileCap));
  const whole = readSmallFile(path);
  assert.ok(whole.ok && whole.value.length === fileCap);

  writeFileSync(path, 'x'.repeat(fileCap + 1));
  const longer = readSmallFile(path);
  assert.equal(!longer.ok && longer.reason, 'too-large');
  const head = readHead(path, 10);
  assert.ok(head.ok);
  assert.deepEqual([head.value.text, head.value.whole], ['x'.repeat(10), false]);
});

test('a FIFO, a symbolic link and a directory are refused without waiting', (t) => {
  const path = folder(t);
  execFileSync('mkfifo', [join(path, 'fifo')]);
  symlinkSync('/etc/passwd', join(path, 'link'));
  mkdirSync(join(path, 'directory'));

  for (const name of ['fifo', 'link', 'directory']) {
    const reading = readSmallFile(join(path, name));
    assert.equal(!reading.ok && reading.reason, 'malformed', name);
  }
});

test('a file that this kernel does not have is unsupported while the process lives', () => {
  const reading = readProcFile({ pid: process.pid, paths: here }, 'no_such_file');

  assert.ok(!reading.ok && reading.reason === 'unsupported');
});

test('a code that the table of reasons does not know is thrown on', () => {
  assert.throws(() => failedRead(Object.assign(new Error('x'), { code: 'EWHATEVER' }), 'file'));
});

test('no descriptor is left open', () => {
  const before = readdirSync('/proc/self/fd').length;
  for (let count = 0; count < 1000; count += 1) {
    readProcFile({ pid: process.pid, paths: here }, 'status');
    readProcFile({ pid: 4_194_305, paths: here }, 'status');
  }

  // the runner opens and closes some of its own: a leak would be a thousand
  assert.ok(readdirSync('/proc/self/fd').length < before + 100);
});
