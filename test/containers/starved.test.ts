import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { memgapCommand, until } from '../e2e/memgap.ts';
import { toldBy } from '../e2e/told-by.ts';
import { serveRaw } from '../net/loopback.ts';

const controller = '/sys/fs/cgroup/cpu';
let groups = 0;

/** Why there can be no group with a quota of CPU time here; `undefined` where there can. */
function whyNot(): string | undefined {
  if (!existsSync(join(controller, 'cpu.cfs_quota_us'))) return 'the cpu controller is not on cgroup v1 here';
  try {
    accessSync(join(controller, 'cgroup.procs'), constants.W_OK);
    return undefined;
  } catch {
    return 'a group of its own needs root';
  }
}

/** Runs a command of memgap's on 1 % of a core: how it ended and what it said. `signalAt`: SIGTERM when it has said that. */
async function starved(t: TestContext, args: readonly string[], signalAt?: RegExp) {
  const group = join(controller, `memgap-starved-${process.pid}-${groups++}`);
  mkdirSync(group);
  writeFileSync(join(group, 'cpu.cfs_period_us'), '100000');
  writeFileSync(join(group, 'cpu.cfs_quota_us'), '1000'); // the least that the kernel takes
  const script = `echo $$ > '${group}/cgroup.procs' && exec ${await memgapCommand(args)}`;
  const child = spawn('sh', ['-c', script], { env: { ...process.env, MEMGAP_NODE: process.execPath } });
  t.after(async () => {
    child.kill('SIGKILL');
    for (let turn = 0; turn < 50 && existsSync(group); turn += 1) {
      try {
        rmdirSync(group);
      } catch {
        await sleep(100); // the kernel takes a moment to let go
      }
    }
  });
  const told = toldBy(child);
  let signalled = signalAt === undefined;
  await until(() => {
    if (!signalled && signalAt?.test(told.said)) signalled = child.kill('SIGTERM');
    return told.code !== undefined;
  });
  return told;
}

test('every command ends on 1 % of a core, with an endpoint that says nothing', { skip: whyNot() ?? false }, async (t) => {
  const { url } = await serveRaw(t, () => {});
  const asked = ['--target.pprof', url, '--poll.timeout', '1s'];
  const [explained, diagnosed, loaded, served] = await Promise.all([
    starved(t, ['explain', ...asked]),
    starved(t, ['doctor', ...asked]),
    starved(t, ['loadtest', ...asked, '--settle', '1s', '--run', 'true']),
    starved(t, ['serve', ...asked, '--web.listen-address', '127.0.0.1:0'], /memgap listens/),
  ]);

  for (const { code, said } of [explained, diagnosed, loaded]) {
    assert.equal(code, 1, said);
    assert.match(said, /before the deadline/);
  }
  assert.equal(served.code, 0, served.said);
});
