import assert from 'node:assert/strict';
import { test } from 'node:test';
import { programs } from '../../acceptance/accuracy/programs.ts';
import { judgeProof } from '../../acceptance/causes/judge-proof.ts';
import { proofs } from '../../acceptance/causes/proofs.ts';
import { prove } from '../../acceptance/causes/prove.ts';
import { measureQuiet } from '../../acceptance/causes/quiet.ts';
import { causes } from '../../src/causes/index.ts';
import { makeGroup } from '../kernel/cgroup/groups.ts';
import { locate, locateLab } from '../programs.ts';

// What `make causes` does (acceptance/causes.ts), by the same bounds.

/** What the lab answers where the kernel does not do what was asked. */
const refused = /with 503: (operation not permitted|permission denied|function not implemented|protocol not supported)/;

for (const proof of proofs) {
  test(`${proof.name}: it is ${proof.cause}, to 5 %, and nothing else`, async (t) => {
    const path = locateLab(proof.lab);
    if (!path.ok) return t.skip(path.detail);
    const library = proof.preload === undefined ? undefined : locate(proof.preload);
    if (library?.ok === false) return t.skip(library.detail);
    const group = proof.group === undefined ? undefined : makeGroup(t, 'possible');
    if (group?.ok === false) return t.skip(group.detail);
    const run = await prove(proof, path.value).catch((error: unknown) => {
      if (proof.mayBeRefused && error instanceof Error && refused.test(error.message)) return error.message;
      throw error;
    });
    if (typeof run === 'string') return t.skip(run);
    const first = judgeProof(run).misses;
    if (first.length === 0) return;
    // the machine may have been busy: a rule that is wrong misses twice
    for (const miss of first) t.diagnostic(miss);
    assert.deepEqual(judgeProof(await prove(proof, path.value)).misses, []);
  });
}

test('every cause that can be made here has a proof', () => {
  const made = new Set(proofs.map(({ cause }) => cause));
  const elsewhere = [
    'page_cache_thrashing',
    'race_detector',
    'go121_hugepages',
    'kernel_slab',
    'socket_buffers',
    'send_queues',
    'executable',
    'charged_elsewhere',
    'anon_in_no_process',
    'bpf_maps_uncharged',
    'profile_lag',
    'virtual_size',
  ];
  assert.deepEqual(
    causes.map(({ name }) => name).filter((name) => !made.has(name)),
    elsewhere.toSorted((one, other) => indexOf(one) - indexOf(other)),
  );
});

test('what leaks nowhere is called a leak nowhere: a Prometheus idle, under load and after it', async (t) => {
  const path = locate('prometheus');
  if (!path.ok) return t.skip(path.detail);
  const prometheus = programs.find(({ name }) => name === 'prometheus');
  if (prometheus === undefined) throw new Error('no program');
  const runs = await measureQuiet(prometheus, path.value, { looks: 10, pause: 0.4, seconds: 300 });
  assert.deepEqual(
    runs.flatMap(({ misses }) => misses),
    [],
  );
  for (const { phase, named } of runs)
    assert.ok(
      named.some(({ name }) => name === 'executable'),
      `executable, ${phase}`,
    );
});

function indexOf(cause: string): number {
  return causes.findIndex(({ name }) => name === cause);
}
