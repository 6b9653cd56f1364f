import assert from 'node:assert/strict';
import { metricsOf } from '../e2e/memgap.ts';
import { type Group, mib, part, sum } from './document.ts';
import type { Look } from './look.ts';
import { flat, lookAt } from './look.ts';
import type { Results } from './machine.ts';
import { statement } from './statement.ts';

/** In the order in which the job made them, each beside what was there before. */
const steps = ['rest', 'anon', 'tmpfs', 'page-cache', 'locked', 'lazily-freed'] as const;
type Step = (typeof steps)[number];

const cpus = 2;
const stock = 64 * 4096 * cpus;

/** How much a number grew in a step, and how much the lab says that it put there. */
function grown(results: Results, step: Step, of: (look: Look) => number): { readonly by: number; readonly injected: number } {
  const before = steps[steps.indexOf(step) - 1] ?? 'rest';
  const look = at(results, step);
  return { by: of(look) - of(at(results, before)), injected: look.truth?.injected ?? Number.NaN };
}

function at(results: Results, step: Step): Look {
  return lookAt(results, `accounts/${step}.json`);
}

function component(name: string): (look: Look) => number {
  return ({ cgroup }) => part(cgroup.components, name);
}

/** The cgroup book of an operator on cgroup v2. */
export function accountsStatements(): void {
  for (const step of steps) {
    statement(`cgroup book, ${step}: it is memory.current to the byte, and next to nothing is unattributed`, (results, t) => {
      const { cgroup, files } = at(results, step);
      assert.equal(sum(cgroup.components) + cgroup.unattributed, cgroup.total);
      assert.ok(Math.abs(cgroup.total - Number(files['memory.current'])) < mib);
      const allowed = stock + 2 * mib + (flat(files['memory.stat']).get('swapcached') ?? 0);
      assert.ok(Math.abs(cgroup.unattributed) <= allowed, `${cgroup.unattributed} bytes`);
      t.diagnostic(`${cgroup.unattributed} of ${cgroup.total} bytes are unattributed`);
    });
  }

  for (const [step, name] of [
    ['anon', 'anon'],
    ['tmpfs', 'shmem'],
    ['page-cache', 'file_cache'],
  ] as const) {
    statement(`cgroup book, ${step}: what the lab took lands in ${name}, within 1 %`, (results) => {
      const { by, injected } = grown(results, step, component(name));
      assert.ok(injected >= 60 * mib);
      assert.ok(Math.abs(by - injected) <= 0.01 * injected, `${name} grew by ${by}, injected were ${injected}`);
    });
  }

  statement('cgroup book, locked: memory under mlock is anonymous as any', (results) => {
    const { injected, by } = grown(results, 'locked', ({ files }) => flat(files['memory.stat']).get('unevictable') ?? Number.NaN);
    assert.ok(by >= 0.9 * injected, `unevictable grew by ${by} of ${injected}`);
    assert.ok(grown(results, 'locked', component('anon')).by >= 0.9 * injected);
  });

  statement('cgroup book, lazily-freed: it stays in anon, and leaves the working set with the LRU list that it goes to', (results) => {
    const { injected, by } = grown(results, 'lazily-freed', component('anon'));
    assert.ok(by >= 0.9 * injected, `anon grew by ${by} of ${injected}`);
    assert.ok(grown(results, 'lazily-freed', ({ cgroup }) => cgroup.inactive_file).by >= 0.9 * injected);
    assert.ok(grown(results, 'lazily-freed', component('file_cache')).by <= 0.01 * injected);
    assert.ok(grown(results, 'lazily-freed', ({ cgroup }) => cgroup.working_set).by <= 0.1 * injected);
  });

  statement('limit, headroom and peak are those of the files, in the document and on the page', (results) => {
    for (const step of steps) {
      const { cgroup, files, metrics } = at(results, step);
      const page = metricsOf(metrics);
      assert.equal(cgroup.limit, Number(files['memory.max']));
      // less page tables for what is handed out, and the code that runs (test/vm/room.ts fills it)
      const room = (cgroup.limit ?? Number.NaN) - cgroup.unreclaimable;
      assert.ok(Math.abs((cgroup.headroom ?? Number.NaN) - (room * (1 - 1 / 512) - 3 * mib)) <= 1, `${cgroup.headroom} of ${room}`);
      assert.equal(page.value('memgap_cgroup_limit_bytes'), cgroup.limit);
      assert.ok((page.value('memgap_cgroup_peak_bytes') ?? 0) >= highest(results, step).total);
      assert.ok((page.value('memgap_cgroup_peak_bytes') ?? Number.POSITIVE_INFINITY) <= Number(files['memory.peak']));
    }
  });

  statement('pressure is told, and is what memory.pressure says', (results) => {
    const { files, metrics } = at(results, 'lazily-freed');
    for (const [line, name] of [
      ['some', 'waiting'],
      ['full', 'stalled'],
    ]) {
      const [, microseconds] = new RegExp(`^${line} .*total=(\\d+)$`, 'm').exec(files['memory.pressure'] ?? '') ?? [];
      const seconds = metricsOf(metrics).value(`memgap_cgroup_pressure_${name}_seconds_total`);
      assert.ok(seconds !== undefined && seconds <= Number(microseconds) / 1e6, `${name}: ${seconds} s, file: ${microseconds} us`);
    }
  });

  statement('the target is known as one on cgroup v2, on a kernel whose huge pages are always on', (results) => {
    const [info] = metricsOf(at(results, 'rest').metrics).families.get('memgap_target_info')?.samples ?? [];
    assert.deepEqual([info?.labels.cgroup_version, info?.labels.kernel_thp], ['2', 'always']);
  });
}

/** Of the looks until then: usage never shrank by itself. */
function highest(results: Results, step: Step): Group {
  const seen = steps.slice(0, steps.indexOf(step) + 1).map((each) => at(results, each).cgroup);
  return seen.reduce((most, each) => (each.total > most.total ? each : most));
}
