import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { machineFolder } from '../vm/machine.ts';

const script = `import(${JSON.stringify(join(import.meta.dirname, '../vm/machine.ts'))}).then(({ machineFolder }) => {
  console.log(machineFolder());
  setInterval(() => {}, 1000);
})`;

test('the folder of a machine whose test was ended by a signal stays while that lives, and the next one sweeps it away', async (t) => {
  const scratch = process.env.TMPDIR;
  const ours = mkdtempSync(join(tmpdir(), 'memgap-sweep-'));
  process.env.TMPDIR = ours;
  t.after(() => {
    if (scratch === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = scratch;
    rmSync(ours, { recursive: true, force: true });
  });
  const child = spawn(process.execPath, ['--import', 'tsx', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  t.after(() => child.kill('SIGKILL'));
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  const left = line.trim();
  const own = machineFolder();
  assert.ok(existsSync(left), 'its maker is alive');

  child.kill('SIGTERM');
  await once(child, 'exit');
  assert.ok(existsSync(left), 'no signal runs what `exit` would');
  machineFolder();
  assert.ok(!existsSync(left) && existsSync(own));
});
