import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { locateLab } from '../programs.ts';
import { explainJson } from './explained.ts';
import { limitedGroup, startLabIn } from './lab.ts';

// A GOMEMLIMIT that leaves too little below the limit: with what memgap says to set, the same load is not killed.

const mib = 1024 ** 2;
const limit = 256 * mib;

interface Life {
  readonly wasKilled: boolean;
  /** Of limit_without_headroom, told before the load. */
  readonly next: string | undefined;
}

/** MiB of heap that live when memgap looks, and in a load after that; and the limit in bytes. */
interface Course {
  readonly live: number;
  readonly more?: number;
  readonly most?: number;
}

/** 64 MiB that are not Go's, heap that lives, and garbage as much as its goal lets gather; in a group of its own. */
async function live(t: TestContext, name: string, gomemlimit: string, { live, more = 0, most = limit }: Course) {
  const lab = locateLab('go-newest-pure');
  const group = limitedGroup(t, name, most);
  if (!lab.ok || !group.ok) {
    t.skip(!lab.ok ? lab.detail : group.ok ? '' : group.detail);
    return undefined;
  }
  const { child, address } = await startLabIn(t, group.value, lab.value, { GOMEMLIMIT: gomemlimit });
  const get = async (path: string) => assert.equal((await fetch(`http://${address}${path}`)).status, 200);
  await get('/leak/mmap?mib=64');
  await get(`/grow?mib=${live}`);
  await get('/gc');
  const { causes } = await explainJson(child.pid, address);
  const next = causes.find(({ name: of }: { readonly name: string }) => of === 'limit_without_headroom')?.next as string | undefined;
  for (const path of [`/grow?mib=${more}`, ...Array.from({ length: 12 }, () => '/shape/garbage?mib=16')])
    await fetch(`http://${address}${path}`).catch(() => undefined); // it may have been killed
  const life: Life = { wasKilled: group.value.number('memory.oom_control', 'oom_kill') > 0, next };
  t.diagnostic(`${name}: ${JSON.stringify(life)}`);
  return life;
}

test('limit_without_headroom: GOMEMLIMIT=', { timeout: 120_000 }, async (t) => {
  const before = await live(t, 'at-the-limit', '250MiB', { live: 60, more: 45 });
  if (before === undefined) return;
  const [, told = ''] = /^GOMEMLIMIT=(\d+) \(/.exec(before.next ?? '') ?? [];
  assert.notEqual(told, '', before.next);
  assert.ok(before.wasKilled, 'without it the kernel kills');
  const after = await live(t, 'as-told', told, { live: 60, more: 45 });
  assert.deepEqual(after, { wasKilled: false, next: undefined });
});

test('limit_without_headroom: raise the limit', { timeout: 120_000 }, async (t) => {
  const before = await live(t, 'too-full', '250MiB', { live: 150 });
  if (before === undefined) return;
  assert.match(before.next ?? '', /^raise the limit: /);
  assert.ok(before.wasKilled, 'without it the kernel kills');
  const after = await live(t, 'raised', '250MiB', { live: 150, most: 400 * mib });
  assert.deepEqual(after, { wasKilled: false, next: undefined });
});
