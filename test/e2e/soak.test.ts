import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TargetConfig } from '../../src/model/target.ts';
import { bytes } from '../../src/model/units.ts';
import { noPid } from '../kernel/process/processes.ts';
import { type BadEndpoint, badEndpoints, slowEndpoints } from './bad-endpoints.ts';
import { ran } from './memgap.ts';
import type { SoakOrder, SoakReport } from './soak.ts';

const root = join(import.meta.dirname, '../..');
/** What lives in V8's heap moves by up to 250 kB both ways: 25 bytes a poll in every round are a leak. */
const growth = { rssAnon: 1_000_000, heapUsed: 250_000 };

/** Some of them with a process, which is the test's own: its sources stand beside the failure. */
function targetOf({ name, kind, url }: BadEndpoint, index: number): TargetConfig {
  const endpoint = { url, bodySizeLimit: bytes(1024 ** 2) };
  return { name, go: { [kind]: endpoint }, process: index % 24 === 0 ? { by: 'pid', pid: process.pid } : undefined };
}

const badProcesses: readonly TargetConfig[] = [
  { name: 'nobody has this pid', go: {}, process: { by: 'pid', pid: noPid } },
  { name: 'a kernel thread', go: {}, process: { by: 'pid', pid: 2 } },
];

/** They are looked for in all of /proc, which takes its time. */
const lookedFor: readonly TargetConfig[] = [
  { name: 'nobody runs it', go: {}, process: { by: 'exe', exe: 'memgap-no-such-program' } },
  { name: 'nobody listens', go: {}, process: { by: 'port', port: 1 } },
  { name: 'nobody is in it', go: {}, process: { by: 'cgroup', cgroup: '/no/such/group' } },
];

test('10 000 polls of all that fails at once, and 50 of what hangs or is too large, leave nothing behind', {
  timeout: 1_700_000,
}, async (t) => {
  const fast = [...(await badEndpoints(t)).map(targetOf), ...badProcesses];
  const slow = [...(await slowEndpoints(t)).map(targetOf), ...lookedFor];
  const order: SoakOrder = {
    fast,
    slow,
    warmUp: { fast: 4000, slow: 20 }, // by then the history of each target is full, and RssAnon has reached its level
    judged: { fast: 10_000, slow: 60, growth }, // 50 of the slow ones, and the lookedFor in their turn
    deadline: 100,
  };
  const folder = mkdtempSync(join(tmpdir(), 'memgap-soak-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const bundle = join(folder, 'soak.cjs');
  const built = await ran(process.execPath, [join(root, 'scripts/build.mjs'), join(import.meta.dirname, 'soak.ts'), bundle]);
  assert.equal(built.code, 0, built.stderr);

  // with the flags and the malloc that ship
  const launcher = readFileSync(join(root, 'bin/memgap'), 'utf8');
  const flags = /^flags='(.*)'$/m.exec(launcher)?.[1]?.split(' ') ?? [];
  const malloc = [...launcher.matchAll(/\b(MALLOC_\w+)=(\d+)/g)].map(([, name, value]) => [name, value]);
  assert.ok(flags.length > 0 && malloc.length > 0, 'bin/memgap says them in another way now');
  const child = spawn(process.execPath, [...flags, '--expose-gc', bundle, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...Object.fromEntries(malloc) },
  });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  assert.equal(code, 0);
  const report: SoakReport = JSON.parse(output);
  t.diagnostic(JSON.stringify(report));

  const { before, after, failures, bugs } = report;
  assert.deepEqual(bugs, []);
  const reasons = new Set(Object.keys(failures).map((each) => each.split(' ')[1]));
  for (const reason of ['unreachable', 'unauthorized', 'not-found', 'unsupported', 'malformed', 'too-large', 'timeout', 'gone']) {
    assert.ok(reasons.has(reason), `${reason} among ${[...reasons]}`);
  }
  assert.ok(after.heapUsed - before.heapUsed < growth.heapUsed, `the heap that lives grew by ${after.heapUsed - before.heapUsed} bytes`);
  assert.ok(after.rssAnon - before.rssAnon < growth.rssAnon, `RssAnon grew by ${after.rssAnon - before.rssAnon} bytes`);
  assert.ok(after.files <= before.files, `${after.files} files are open, and ${before.files} were`);
});
