import assert from 'node:assert/strict';
import { closeSync, constants, existsSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { budgets } from '../../src/budgets.ts';
import { linkOfFd, openPath } from '../../src/files/open-path.ts';
import { askReader, endReaders, readerProgram, stuckReaders } from '../../src/files/reader.ts';
import { found, known, type Reading } from '../../src/model/reading.ts';
import { folder, stateOf, until } from '../kernel/process/processes.ts';

const place = { key: 'test', shown: 'testfs' };

/** The readers of this process: those among its children that run the reader's program. */
function readers(): readonly number[] {
  return readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'latin1')
      .split(' ')
      .filter((pid) => pid !== '' && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(readerProgram))
      .map(Number),
  );
}

function reasonOf(reading: Reading<unknown>): string {
  return reading.ok ? 'ok' : `${reading.reason}: ${reading.detail}`;
}

test('a reader gives the first bytes of a file, or why there are none, and is gone then', async (t) => {
  const path = join(folder(t), 'file');
  writeFileSync(path, 'hunter2');
  const pids: number[] = [];
  const read = await askReader('file', { path, maxBytes: 6 }, place, ({ base64, whole }, pid) => {
    pids.push(pid);
    return found([Buffer.from(base64, 'base64').toString(), whole]);
  });
  assert.deepEqual(read, found(['hunter', false]));
  assert.equal(reasonOf(await askReader('file', { path: `${path}/none`, maxBytes: 6 }, place, found)), 'denied: ENOTDIR');
  assert.ok(pids[0] !== undefined && !existsSync(`/proc/${pids[0]}`));
  assert.equal(stuckReaders(), 0);
});

test('what it holds open can be taken over from it, and it goes through no link', async (t) => {
  const root = folder(t);
  mkdirSync(join(root, 'a/b'), { recursive: true });
  const held = await askReader('directory', { base: root, parts: ['a', 'b'] }, place, ({ fd }, pid) =>
    found(openSync(`/proc/${pid}/fd/${fd}`, openPath | constants.O_DIRECTORY)),
  );
  assert.ok(held.ok, reasonOf(held));
  t.after(() => closeSync(held.value));
  assert.equal(readlinkSync(linkOfFd(held.value)), join(root, 'a/b'));
  const through = await askReader('directory', { base: '/proc/self', parts: ['cwd'] }, place, found);
  assert.match(reasonOf(through), /^malformed: .*no symbolic link/);
});

test('there is one reader at a time, each for the question that was asked', async (t) => {
  const root = folder(t);
  const names = ['a', 'b', 'c'];
  for (const name of names) writeFileSync(join(root, name), name);
  let maxBytes = 0;
  const answers = await Promise.all(
    names.map((name) =>
      askReader('file', { path: join(root, name), maxBytes: 9 }, place, ({ base64 }) => {
        maxBytes = Math.max(maxBytes, readers().length);
        return found(Buffer.from(base64, 'base64').toString());
      }),
    ),
  );
  assert.deepEqual([answers.map(known), maxBytes], [names, 1]);
});

test('an answer that is too long is cut off', async (t) => {
  const path = join(folder(t), 'file');
  writeFileSync(path, Buffer.alloc(budgets.readerAnswer.maxBytes));
  const read = await askReader('file', { path, maxBytes: budgets.readerAnswer.maxBytes }, place, found);
  assert.match(reasonOf(read), /^too-large: /);
});

test('a reader that does not answer is killed, and the next one is asked as ever', async () => {
  const silent = askReader('file', { path: '/proc/self/stat', maxBytes: 1 }, place, found);
  await until(() => readers().length > 0);
  const [pid = 0] = readers();
  process.kill(pid, 'SIGSTOP'); // what waits for a file system that hangs does no more than this
  assert.equal(reasonOf(await silent), 'timeout: testfs did not answer a reader within 2 s');
  assert.equal(stateOf(pid), '');
  assert.equal(stuckReaders(), 0);
  assert.ok((await askReader('file', { path: '/proc/self/stat', maxBytes: 1 }, place, found)).ok);
});

test('when memgap ends, a reader ends with it, and no other is started', async () => {
  const asked = [0, 1].map(() => askReader('file', { path: '/proc/self/stat', maxBytes: 1 }, place, found));
  await until(() => readers().length > 0);
  const [pid = 0] = readers();
  process.kill(pid, 'SIGSTOP'); // as it would in a file system that hangs
  endReaders();
  assert.deepEqual((await Promise.all(asked)).map(reasonOf), Array(2).fill('timeout: memgap ends'));
  await until(() => readers().length === 0);
  endReaders(); // and where there is none
});
