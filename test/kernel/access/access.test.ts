import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { capabilitiesOf } from '../../../src/kernel/access/capabilities.ts';
import { parseCredentials, readProcessAccess } from '../../../src/kernel/access/process-access.ts';
import { parseProcMount, readSurroundings } from '../../../src/kernel/access/surroundings.ts';
import { folder, here, noPid, sleeper, until } from '../process/processes.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/process');

test('capabilities by name; one that this table does not know goes by its number', () => {
  assert.deepEqual(capabilitiesOf('0000000000080004'), ['CAP_DAC_READ_SEARCH', 'CAP_SYS_PTRACE']);
  assert.deepEqual(capabilitiesOf('0000000000000000'), []);
  assert.equal(capabilitiesOf('000001ffffffffff')?.at(-1), 'CAP_CHECKPOINT_RESTORE');
  assert.deepEqual(capabilitiesOf('8000000000000000'), ['CAP_63']);
  for (const wrong of ['', 'x', '00000000000000000', '-1']) assert.equal(capabilitiesOf(wrong), undefined);
});

test('the credentials of recorded kernels', () => {
  for (const [name, uid, held] of [
    ['pod-v1-6.18/status', 65_532, 0],
    ['status-6.1', 0, 41],
  ] as const) {
    const credentials = parseCredentials(readFileSync(join(fixtures, name), 'utf8'));
    assert.ok(credentials.ok, name);
    assert.deepEqual(credentials.value.uid, { real: uid, effective: uid, saved: uid, fileSystem: uid });
    assert.equal(credentials.value.permitted.length, held);
  }
});

test('a status without one of its lines, or with ids that are none, is malformed and never throws', () => {
  const whole = readFileSync(join(fixtures, 'status-6.1'), 'utf8');
  for (const line of ['Uid', 'Gid', 'CapPrm', 'CapEff']) {
    const credentials = parseCredentials(whole.replace(new RegExp(`^${line}:.*\n`, 'm'), ''));
    assert.ok(!credentials.ok && credentials.reason === 'malformed');
  }
  assert.ok(!parseCredentials(whole.replace(/^Uid:.*$/m, 'Uid:\t0\t0\t-1\t0')).ok);
  fc.assert(fc.property(fc.string(), (text) => !parseCredentials(text).ok));
});

test('hidepid by number and by name, of the last procfs at that place', () => {
  const line = (options: string, at = '/proc') => `22 27 0:21 / ${at} rw,relatime - proc proc ${options}`;
  assert.deepEqual(parseProcMount(line('rw'), '/proc'), { hidePid: 'off', group: undefined });
  assert.deepEqual(parseProcMount(line('rw,hidepid=2,gid=1234'), '/proc'), { hidePid: 'invisible', group: 1234 });
  assert.deepEqual(parseProcMount(line('rw,gid=5,hidepid=noaccess'), '/proc'), { hidePid: 'noaccess', group: 5 });
  assert.equal(parseProcMount(`${line('rw')}\n${line('rw,hidepid=ptraceable')}`, '/proc').hidePid, 'ptraceable');
  assert.equal(parseProcMount(line('rw,hidepid=2', '/elsewhere'), '/proc').hidePid, 'off');
  fc.assert(fc.property(fc.string(), (text) => parseProcMount(text, '/proc').hidePid === 'off'));
});

test('of a process of its own user anybody may read ids, owner and user namespace', async (t) => {
  const access = readProcessAccess({ pid: await sleeper(t), paths: here });
  const uid = process.getuid?.() ?? -1;
  assert.ok(access.credentials.ok && access.credentials.value.uid.effective === uid);
  assert.deepEqual(access.owner, { ok: true, value: { uid, gid: process.getgid?.() ?? -1 } });
  assert.equal(access.name, 'sleep');
  assert.match(access.userMap ?? '', /^\d+ \d+ \d+/);
});

test('of one that is not there all is a gap', () => {
  const access = readProcessAccess({ pid: noPid, paths: here });
  assert.ok(!access.credentials.ok && access.credentials.reason === 'gone');
  assert.ok(!access.owner.ok);
  assert.equal(access.userMap, undefined);
});

test('a program that its user may execute and not read belongs to root in /proc', async (t) => {
  const pid = await executeOnly(t);
  if (pid === undefined) return t.skip('needs root, to become another user');
  const access = readProcessAccess({ pid, paths: here });
  assert.ok(access.credentials.ok && access.credentials.value.uid.effective === 65_532);
  assert.deepEqual(access.owner, { ok: true, value: { uid: 0, gid: 0 } });
});

test('the surroundings of this process', () => {
  const { self, others, pidOne, hidePid } = readSurroundings(here);
  assert.equal(self.pid, process.pid);
  assert.ok(self.credentials.ok);
  assert.ok(others !== undefined && others > 0);
  assert.equal(pidOne.isMemgap, process.pid === 1);
  assert.ok(['off', 'noaccess', 'invisible', 'ptraceable'].includes(hidePid));
});

/** A sleep of mode 0111 as another user; the shell in between has lost the right to read it before it is executed. */
async function executeOnly(t: TestContext): Promise<number | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const directory = folder(t);
  chmodSync(directory, 0o755);
  const path = join(directory, 'sleep');
  copyFileSync('/bin/sleep', path);
  chmodSync(path, 0o111);
  const ids = ['--reuid=65532', '--regid=65532', '--clear-groups', '--inh-caps=-all', '--bounding-set=-all'];
  const child = spawn('setpriv', [...ids, 'sh', '-c', `exec ${path} 600`], { stdio: 'ignore' });
  t.after(() => child.kill('SIGKILL'));
  const { pid } = child;
  assert.ok(pid !== undefined);
  await until(() => readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith(path));
  return pid;
}
