import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runLoad } from '../../../src/cli/loadtest/command.ts';
import { ran } from '../../ran.ts';

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

test('a load that became another user, and so can not be ended, is left behind and told', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root, to become another user');
  const file = join(folder, 'other');
  const source = JSON.stringify(join(import.meta.dirname, '../../../src/cli/loadtest/command.ts'));
  const command = JSON.stringify(`echo $$ >${file}; exec setpriv --reuid=64321 --clear-groups sleep 100 >/dev/null 2>&1`);
  const code = `const { runLoad } = await import(${source}); console.log(await runLoad(${command}, 1, 300).end);`;
  const types = /^v2[0-3]\./.test(process.version) ? ['--import', 'tsx'] : [];
  const words = ['--bounding-set=-kill', '--inh-caps=-kill', process.execPath, ...types, '--input-type=module', '-e', code];

  const { stdout } = await ran('setpriv', words);
  const pid = await pidIn(file);
  process.kill(Number(pid));

  assert.equal(stdout, `was not done within 300ms (--run-timeout), and could not be ended: its process group ${pid} is left behind\n`);
});
