import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { neededRight } from '../../../src/kernel/process/needed-right.ts';
import { ran } from '../../ran.ts';
import { start, stateOf, until } from './processes.ts';

const [ptrace, search] = ['CAP_SYS_PTRACE', 'CAP_DAC_READ_SEARCH'];

test('the right that is named is the one that memgap does not have', () => {
  assert.match(neededRight('/proc/7/smaps', []), /own uid and gid .*, or CAP_SYS_PTRACE$/);
  assert.match(neededRight('/proc/7/pagemap', []), /own uid and gid .*, or CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH$/);
  assert.match(neededRight('/proc/7/mem', [search]), /or CAP_SYS_PTRACE$/);
  for (const file of ['pagemap', 'mem', 'environ', 'fd', 'fd/12'])
    assert.equal(
      neededRight(`/host/proc/7/${file}`, [ptrace]),
      'it is open to its owner alone: memgap has CAP_SYS_PTRACE and needs CAP_DAC_READ_SEARCH as well',
    );
  for (const held of [[ptrace], [ptrace, search]])
    assert.match(neededRight('/proc/7/smaps', held), /AppArmor, SELinux, a sandbox or a user namespace/);
  assert.match(neededRight('/proc/7/mem', [ptrace, 'CAP_DAC_OVERRIDE']), /AppArmor/);
});

test("as root with CAP_SYS_PTRACE alone another user's memory wants CAP_DAC_READ_SEARCH, and no word of what memgap has", async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root, to give up its rights');
  const pid = await start(t, 'setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', 'sleep', '600']);
  await until(() => stateOf(pid) === 'S' && readFileSync(`/proc/${pid}/comm`, 'latin1') === 'sleep\n');
  const { pathname } = new URL('../../../src/kernel/memory/memory.ts', `file://${import.meta.dirname}/`);
  const code = `import { openMemory } from '${pathname}'; console.log(JSON.stringify(openMemory({ pid: ${pid}, paths: { procfs: '/proc', cgroupfs: '/' } })))`;
  const node = [process.execPath, '--import', 'tsx', '--input-type=module', '-e', code];
  const { stdout, stderr } = await ran('setpriv', ['--inh-caps=-all', '--bounding-set=-all,+sys_ptrace', ...node]);
  assert.match(stdout, /"denied".*open to its owner alone: memgap has CAP_SYS_PTRACE and needs CAP_DAC_READ_SEARCH as well/, stderr);
});
