import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ability, startHost } from './host.ts';
import { eventually } from './wait.ts';

test('of a host whose test was killed no process outlives it, and the next one sweeps away its groups and its folder', async (t) => {
  const able = ability();
  if (!able.ok) return t.skip(able.detail);
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'killed-host.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  t.after(() => child.kill('SIGKILL'));
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  const { folder, group } = JSON.parse(line);
  assert.notEqual(readFileSync(join(group, 'cgroup.procs'), 'utf8'), '');

  child.kill('SIGKILL');
  await once(child, 'exit');
  const log = () => '';
  await eventually(
    { name: 'the host', log },
    async () => readFileSync(join(group, 'cgroup.procs'), 'utf8'),
    (pids) => pids === '',
  );
  assert.ok(existsSync(folder));

  const next = await startHost();
  await next.stop();
  assert.ok(!existsSync(folder) && !existsSync(group));
});
