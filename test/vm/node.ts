import assert from 'node:assert/strict';
import { areCounted, areMapped, assertCounted, assertFound } from '../containers/daemonset.ts';
import { metricsOf } from '../e2e/memgap.ts';
import { type Document, mib } from './document.ts';
import type { Results } from './machine.ts';
import { statement } from './statement.ts';

/** What the job kept of a round (guest/node.ts). */
interface Round {
  readonly page: string;
  readonly explained: string;
  readonly documents: readonly Document[];
  readonly memgapLimit: number;
}

function seen(results: Results, round: 'shipped' | 'reads') {
  const { page, ...rest } = results.read<Round>(`node/${round}.json`);
  return { page: metricsOf(page), ...rest };
}

/** memgap as the DaemonSet has it on cgroup v2, where its own cgroup namespace shows it other pods' groups by `/../` paths only. */
export function nodeStatements(): void {
  statement('node mode finds the operators of both pods, each with its own group and limit, and never its own', (results) => {
    const { page, explained, documents, memgapLimit } = seen(results, 'shipped');
    assert.ok(areMapped(page), explained);
    assertFound(page);
    for (const { cgroup } of documents) assert.deepEqual([cgroup?.version, cgroup?.found_by], [2, 'path']);
    assert.ok(!explained.includes(`limit ${memgapLimit / mib} MiB`), explained);
  });

  statement("node mode with DAC_READ_SEARCH and memory reads has Go's numbers of both pods, without any endpoint", (results) => {
    const { page, documents } = seen(results, 'reads');
    assert.ok(areCounted(page), JSON.stringify(documents.map(({ sources }) => sources.runtime_own_memory)));
    assertCounted(page);
  });
}
