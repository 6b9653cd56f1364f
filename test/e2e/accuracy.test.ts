import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { judgeLeak } from '../../acceptance/accuracy/judge-leak.ts';
import { judgePhases } from '../../acceptance/accuracy/judge-phases.ts';
import { judgePreload } from '../../acceptance/accuracy/judge-preload.ts';
import { leaksOf, measureLeak } from '../../acceptance/accuracy/leaks.ts';
import { measurePhases } from '../../acceptance/accuracy/phases.ts';
import { measurePreload } from '../../acceptance/accuracy/preloads.ts';
import { programs } from '../../acceptance/accuracy/programs.ts';
import { buildEarly } from '../preload.ts';
import { type LabName, locate, locateLab } from '../programs.ts';

// The short form of `make accuracy` (acceptance/accuracy.ts), by the same bounds.

const mib = 128;

/** All leaks on the lab that can make all of them; on the other one those that tell the releases of Go apart. */
const labs: ReadonlyArray<{ readonly name: LabName; readonly leaks: RegExp }> = [
  { name: 'go-newest-cgo', leaks: /./ },
  { name: 'go1.19-pure', leaks: /^(live-heap|freed|lazily-freed|locked-released|collapsed|deep-stacks|mmap|planted-next-to-arenas)$/ },
];

/** Leaks that the headers of C malloc's blocks tell apart. */
const readable = ['mmap', 'malloc-large'];

for (const { name, leaks } of labs) {
  test(`what leaks in the lab ${name} is booked where it belongs, to 1 %`, async (t) => {
    const path = locateLab(name);
    if (!path.ok) return t.skip(path.detail);
    const judged = async (each: TestContext, leak: string, memoryReads: boolean) => {
      const measure = async () => judgeLeak(await measureLeak({ name, path: path.value }, leak, mib, { memoryReads })).misses;
      await missesOnce(each, measure);
    };
    for (const leak of (await leaksOf(path.value)).filter((each) => leaks.test(each))) {
      await t.test(leak, (each) => judged(each, leak, false));
      if (readable.includes(leak) && name === 'go-newest-cgo') await t.test(`${leak}, memory reads`, (each) => judged(each, leak, true));
    }
  });
}

for (const name of ['go1.19-cgo', 'go-newest-cgo'] as const) {
  test(`what a library mapped before Go started is told from Go's own in the lab ${name}`, async (t) => {
    const [path, library] = [locateLab(name), buildEarly()];
    if (!library.ok) return t.skip(library.detail);
    t.after(library.value.remove);
    if (!path.ok) return t.skip(path.detail);
    for (const size of [64, 2]) {
      const preloaded = { name: 'constructor', path: library.value.path, mib: size } as const;
      const measure = async () => judgePreload(await measurePreload({ name, path: path.value }, preloaded, { memoryReads: true })).misses;
      await missesOnce(t, measure);
    }
  });
}

test('every byte of a Prometheus has an owner: idle, under load and after it', async (t) => {
  const path = locate('prometheus');
  if (!path.ok) return t.skip(path.detail);
  const [prometheus] = programs;
  if (prometheus === undefined) throw new Error('no program');
  await missesOnce(t, async () => {
    const runs = await measurePhases(prometheus, path.value, { looks: 4, pause: 1, settle: 1 });
    // how many looks are stable goes by the load of the machine: `make accuracy` judges that, with ten looks a phase
    return judgePhases(runs).filter((miss) => !miss.endsWith('were stable'));
  });
});

/** Measured once more where it missed, for a machine that does something else meanwhile: a rule that is wrong misses twice. */
async function missesOnce(t: TestContext, measure: () => Promise<readonly string[]>): Promise<void> {
  const first = await measure();
  if (first.length === 0) return;
  for (const miss of first) t.diagnostic(`measured once more: ${miss}`);
  assert.deepEqual(await measure(), []);
}
