import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { readFileHere, readOwnFile, stampOf, whatIsInTheWay } from '../../src/files/own-file.ts';
import { folder } from '../kernel/process/processes.ts';

/** What a read came to: its text, with three dots where there is more, or why there is none. */
async function read(path: string, most = 100): Promise<string> {
  const file = await readOwnFile(path, most);
  return file.ok ? `${file.bytes.toString('utf8')}${file.whole ? '' : '...'}` : `(${file.problem})`;
}

test('the first bytes of a file are read, and whether that was all of it', async (t) => {
  const path = join(folder(t), 'file');
  writeFileSync(path, 'hunter2');
  assert.equal(await read(path), 'hunter2');
  assert.equal(await read(path, 7), 'hunter2');
  assert.equal(await read(path, 6), 'hunter...');
  assert.equal(await read(relative(process.cwd(), path)), 'hunter2');
  writeFileSync(path, '');
  assert.equal(await read(path), '');
});

test('links are followed as the kernel follows them, as those of a mounted secret are', async (t) => {
  const root = folder(t);
  for (const place of ['..1', 'other/below']) mkdirSync(join(root, place), { recursive: true });
  writeFileSync(join(root, '..1/token'), 'one');
  writeFileSync(join(root, 'other/token'), 'two');
  symlinkSync('..1', join(root, '..data'));
  symlinkSync('..data/token', join(root, 'token'));
  symlinkSync(join(root, 'other/below'), join(root, 'way'));
  assert.equal(await read(join(root, 'token')), 'one');
  assert.equal(await read(`${root}/way/../token`), 'two', '".." is of where the link leads to');
});

test('what is no regular file is refused and not opened: nobody has to write into a FIFO', async (t) => {
  const root = folder(t);
  execFileSync('mkfifo', [join(root, 'fifo')]);
  assert.equal(await read(join(root, 'fifo')), '(it is not a regular file)');
  assert.equal(await read('/dev/zero'), '(it is not a regular file)');
  assert.equal(await read(root), '(it is a directory)');
  assert.equal(await read(join(root, 'none')), '(ENOENT)');
  assert.equal(await read(join(root, 'fifo/x')), '(ENOTDIR)');
  assert.deepEqual(readFileHere(join(root, 'fifo'), 10), { ok: false, problem: 'it is not a regular file' });
  assert.deepEqual(readFileHere(join(root, 'none'), 10), { ok: false, problem: 'ENOENT' });
});

test('a stamp changes with the file, by its size, its time or another one in its place', (t) => {
  const root = folder(t);
  const path = join(root, 'file');
  const stamps = new Set([stampOf(path)]);
  function write(name: string, text: string, time: number): void {
    writeFileSync(join(root, name), text);
    utimesSync(join(root, name), time, time);
  }
  const changes: ReadonlyArray<() => void> = [
    () => write('file', 'a', 1),
    () => write('file', 'ab', 1),
    () => write('file', 'ab', 2),
    () => {
      write('next', 'ab', 2);
      renameSync(join(root, 'next'), path);
    },
  ];
  for (const [index, change] of changes.entries()) {
    change();
    stamps.add(stampOf(path));
    assert.equal(stampOf(path), [...stamps].at(-1));
    assert.equal(stamps.size, index + 2);
  }
  rmSync(path);
  assert.equal(stampOf(path), [...stamps][0]);
});

test('nothing is in the way to what lies on a local file system, or to what is not there', (t) => {
  assert.equal(whatIsInTheWay(folder(t)), undefined);
  assert.equal(whatIsInTheWay('/proc/self/fd'), undefined);
  assert.equal(whatIsInTheWay('/nonexistent/x'), undefined);
});

test('nothing stays open, however a read ends', async (t) => {
  const root = folder(t);
  writeFileSync(join(root, 'file'), 'x');
  const before = readdirSync('/proc/self/fd').length;
  for (let round = 0; round < 50; round += 1) {
    for (const path of ['file', 'none', 'file/x', '.']) {
      await read(join(root, path));
      stampOf(join(root, path));
      whatIsInTheWay(join(root, path));
    }
  }
  assert.ok(readdirSync('/proc/self/fd').length <= before + 3); // the runner opens and closes some of its own
});
