import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runLoad } from '../../src/cli/loadtest-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'memgap-load-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Shell text that leaves its pid in a file and does not end by itself; `trap` before it. */
function endless(file: string, trap = ':'): string {
  return `sh -c '${trap}; echo $$ >${file}; while :; do sleep 0.2; done'`;
}

async function pidIn(file: string): Promise<string> {
  for (const end = Date.now() + 60_000; !existsSync(file) || readFileSync(file, 'utf8') === ''; ) {
    assert.ok(Date.now() < end, `nobody writes ${file}`);
    await sleep(20);
  }
  return readFileSync(file, 'utf8').trim();
}

/** A zombie has ended: that nobody reaps it is not memgap's. */
function lives(pid: string): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

test('a child that ignores SIGTERM does not outlive --run-timeout, though its shell has ended', async () => {
  const file = join(folder, 'stubborn');
  const load = runLoad(`${endless(file, 'trap "" TERM')} & wait`, 1, 8000);
  const pid = await pidIn(file);

  assert.equal(await load.end, 'was not done within 8s (--run-timeout)');
  assert.equal(load.over.aborted, true);
  assert.equal(lives(pid), false);
});

test('what a load that failed left running ends with it; what one that did not leaves is its own', async () => {
  const [failed, kept] = [join(folder, 'failed'), join(folder, 'kept')];
  const waiting = (file: string) => `while [ ! -s ${file} ]; do sleep 0.02; done`;

  assert.equal(await runLoad(`${endless(failed)} & ${waiting(failed)}; exit 4`, 1, 60_000).end, 'ended with exit code 4');
  assert.equal(await runLoad(`${endless(kept)} & ${waiting(kept)}`, 1, 60_000).end, undefined);

  assert.equal(lives(await pidIn(failed)), false);
  const left = await pidIn(kept);
  assert.equal(lives(left), true);
  process.kill(Number(left));
});

test('a load that is stopped says why, and one that is over can not be stopped', async () => {
  const file = join(folder, 'stopped');
  const load = runLoad(endless(file), 3, 60_000);
  const pid = await pidIn(file);
  load.stop('was ended with it');

  assert.equal(await load.end, 'was ended with it');
  assert.equal(lives(pid), false);
  load.stop('was interrupted');
  assert.equal(await load.end, 'was ended with it');
});

test('the load finds its number in MEMGAP_CYCLE', async () => {
  assert.equal(await runLoad('exit $MEMGAP_CYCLE', 9, 60_000).end, 'ended with exit code 9');
});
