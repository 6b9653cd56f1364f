import assert from 'node:assert/strict';
import { type Document, mib } from './document.ts';
import type { Results } from './machine.ts';
import { statement } from './statement.ts';

/** What the job kept of a row (guest/access.ts). */
interface Row {
  readonly code: number;
  readonly stdout: string;
  readonly pid: number;
  readonly usage: { readonly before: number; readonly after: number };
  readonly limit: number;
  readonly memgapLimit: number;
}

const whole = ['same-ids', 'sys-ptrace'];
const denied = ['other-gid', 'other-uid', 'not-dumpable'];
const withoutRight = ['status', 'stat', 'limits', 'pprof_heap'];
const withRight = ['smaps', 'exe', 'build_info', 'cgroup'];

function explained(results: Results, name: string): { readonly row: Row; readonly document: Document } {
  const row = results.read<Row>(`access/${name}.json`);
  assert.equal(row.code, 0);
  return { row, document: JSON.parse(row.stdout) };
}

/** The access table of cgroup v2, in containers: what memgap may read of an operator of 65532:65532. */
export function accessStatements(): void {
  for (const name of whole) {
    statement(`access, ${name}: every source is read, and the group is the operator's own`, (results) => {
      const { row, document } = explained(results, name);
      for (const source of [...withoutRight, ...withRight, 'cgroup_events', 'cgroup_pressure', 'cgroup_procs']) {
        assert.equal(document.sources[source]?.ok, true, source);
      }
      assert.equal(document.target.pid, row.pid);
      assert.ok(document.rss?.components !== undefined, 'every mapping has its owner');
      const { cgroup } = document;
      assert.deepEqual([cgroup?.version, cgroup?.found_by, cgroup?.levels_visible, cgroup?.limit], [2, 'root', 1, row.limit]);
      const usage = cgroup?.total ?? Number.NaN;
      assert.ok(usage >= row.usage.before - mib && usage <= row.usage.after + mib, `${usage}, and ${JSON.stringify(row.usage)} outside`);
    });
  }

  for (const name of denied) {
    statement(`access, ${name}: status and pprof alone; mappings, executable and group are denied`, (results) => {
      const { document } = explained(results, name);
      for (const source of withoutRight) assert.equal(document.sources[source]?.ok, true, source);
      for (const source of withRight) {
        assert.equal(document.sources[source]?.reason, 'denied', source);
        assert.match(document.sources[source]?.detail ?? '', /EACCES/);
      }
      assert.equal(document.rss?.source, 'status');
      assert.equal(document.rss?.components, undefined);
      assert.ok(document.go !== undefined);
    });
  }

  statement('access, no shared pid namespace: pprof over loopback is all', (results) => {
    const { document } = explained(results, 'no-shared-namespace');
    assert.ok(document.go !== undefined);
    assert.equal(document.rss, undefined);
    assert.equal(document.target.pid, undefined);
  });

  for (const name of [...denied, 'no-shared-namespace']) {
    statement(`access, ${name}: memgap's own group is not shown in place of the operator's`, (results) => {
      const { row, document } = explained(results, name);
      assert.equal(document.cgroup, undefined);
      assert.doesNotMatch(row.stdout, new RegExp(`\\b${row.memgapLimit}\\b`));
    });
  }
}
