import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from '../../scripts/child.ts';
import { locateLab } from '../programs.ts';
import { explainJson } from './explained.ts';
import { type LimitedGroup, limitedGroup, startLabIn } from './lab.ts';

// The size that memgap tells, carried out: the same program under the same load, with the limit and the GOMEMLIMIT of its first life.

const mib = 1024 ** 2;
const roomy = 1024 * mib;

interface Life {
  readonly group: LimitedGroup;
  readonly address: string;
}

/** What is done to a program in each of its lives. */
type Load = (life: Life) => Promise<void>;

const get = async (address: string, path: string) => assert.equal((await fetch(`http://${address}${path}`)).status, 200);

/** A process that holds so much for a moment, as an exec probe: in the group, and no child of the program. */
async function probe({ group }: Life, size: number): Promise<string> {
  const enter = 'echo $$ >"$0/cgroup.procs" && exec "$@"';
  const dd = ['dd', 'if=/dev/zero', 'of=/dev/null', `bs=${size}M`, 'count=1'];
  const child = await startChild('probe', 'sh', ['-c', enter, group.directory, ...dd]);
  await child.end;
  return String(child.ended());
}

const loads: Readonly<Record<string, Load>> = {
  'a mapped file in use': async ({ address }) => {
    await get(address, '/shape/hot-file?mib=120');
    await sleep(3000);
  },
  'a heap that NextGC lets grow': async ({ address }) => {
    await get(address, '/grow?mib=100');
    await get(address, '/gc');
    await get(address, '/shape/garbage?mib=90');
  },
  'a locked file': async ({ address }) => {
    await get(address, '/shape/cache-locked?mib=100');
  },
  "a peak of Go's heap that is over": async ({ address }) => {
    await get(address, '/shape/peak?mib=100');
  },
  'an exec probe': async (life) => {
    await get(life.address, '/grow?mib=10');
    await probe(life, 120);
  },
  "a peak of memory that is not Go's": async ({ address }) => {
    await get(address, '/shape/jit?mib=100');
    await get(address, '/shape/undo');
  },
};

for (const [what, load] of Object.entries(loads)) {
  test(`right size: limits.memory and GOMEMLIMIT of ${what}`, { timeout: 120_000 }, async (t) => {
    const lab = locateLab('go-newest-pure');
    if (!lab.ok) return t.skip(lab.detail);
    const first = await live(t, lab.value, 'first', roomy, load);
    if (first === undefined) return t.skip('no cgroup v1 here');
    const { right_size: size } = await explainJson(first.child.pid, first.address);
    await first.child.stop();
    t.diagnostic(`${what}: ${JSON.stringify(size)}`);
    assert.ok(size.limit > 0, JSON.stringify(size));

    const limited = size.gomemlimit === undefined ? {} : { GOMEMLIMIT: String(size.gomemlimit) };
    const second = await live(t, lab.value, 'second', size.limit, load, limited);
    assert.ok(second !== undefined);
    assert.equal(second.group.number('memory.oom_control', 'oom_kill'), 0, 'it was killed under the size that was told');
    assert.equal(second.child.ended(), undefined);
    const refaults = second.group.number('memory.stat', 'total_workingset_refault_file');
    assert.ok(refaults * 4096 < 0.2 * size.limit, `${refaults} pages were read again`);
  });
}

async function live(t: TestContext, lab: string, name: string, limit: number, load: Load, environment: NodeJS.ProcessEnv = {}) {
  const group = limitedGroup(t, name, limit);
  if (!group.ok) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'memgap-size-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const { child, address } = await startLabIn(t, group.value, lab, { TMPDIR: folder, ...environment });
  await load({ group: group.value, address });
  return { group: group.value, address, child };
}

test('right size: none after an OOM kill, and what to give it', { timeout: 60_000 }, async (t) => {
  const lab = locateLab('go-newest-pure');
  if (!lab.ok) return t.skip(lab.detail);
  const limit = 60 * mib;
  const life = await live(t, lab.value, 'killed', limit, async (one) => {
    await probe(one, 100);
  });
  if (life === undefined) return t.skip('no cgroup v1 here');
  assert.ok(life.group.number('memory.oom_control', 'oom_kill') > 0);
  if (life.child.ended() !== undefined) return t.skip('the kernel chose the program itself');
  const { right_size: size } = await explainJson(life.child.pid, life.address);
  assert.match(size.none, /^it was OOM-killed at a limit of 60\.0 MiB: it needs more than was seen of it\. Give it 120 MiB, and watch/);

  const given = await live(t, lab.value, 'given', 2 * limit, async (one) => {
    await probe(one, 100);
  });
  assert.equal(given?.group.number('memory.oom_control', 'oom_kill'), 0);
});
