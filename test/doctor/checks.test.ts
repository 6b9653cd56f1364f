import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checksOf, type FoundBy } from '../../src/doctor/checks.ts';
import { sightRemedies } from '../../src/doctor/sight.ts';
import type { Surroundings } from '../../src/model/access.ts';
import type { Missing } from '../../src/model/reading.ts';
import { ptraceNeeds } from '../../src/model/source.ts';
import { factsOf, processWith } from './facts.ts';

const memgap = processWith({ pid: 1 });

function looked(reason: Missing, told: Partial<Surroundings>, foundBy: FoundBy = 'exe') {
  const facts = { ...factsOf(memgap, undefined, told), foundBy };
  const checks = checksOf({ source: 'process', reason, detail: 'none runs manager' }, 'sight', facts);
  const remedies = sightRemedies(new Set(checks.map(({ name }) => name)), facts);
  const here = told.kubernetes === false ? 'host' : 'kubernetes';
  const lines = remedies
    .flatMap(({ snippets }) => snippets.filter(({ on }) => on === undefined || on === here))
    .flatMap(({ lines }) => lines);
  return { names: checks.map(({ name }) => name), says: checks.map(({ says }) => says).join(), lines };
}

test('no shared pid namespace: memgap is pid 1, or alone; the line is shareProcessNamespace', () => {
  for (const told of [{ others: 0, pidOne: { name: 'node', isMemgap: true } }, { others: 0 }]) {
    for (const reason of ['not-found', 'gone', 'denied'] as const) {
      const { names, lines } = looked(reason, told);
      assert.deepEqual(names, ['pid-namespace']);
      assert.ok(lines.includes('  shareProcessNamespace: true'));
      assert.ok(lines.some((line) => /^kubectl debug .*--target=CONTAINER/.test(line)));
    }
  }
});

test('hidepid is told as the mount has it, with the group that it spares', () => {
  const { names, says, lines } = looked('gone', { hidePid: 'invisible', hidePidGroup: 1234, kubernetes: false });
  assert.deepEqual(names, ['hidepid']);
  assert.match(says, /hidepid=invisible/);
  assert.ok(lines.includes('SupplementaryGroups=1234'));
  assert.ok(lines.includes('ProtectProc=default'));
});

test('others are in sight, that one is not: it does not run here, or is named otherwise', () => {
  const { names, says } = looked('not-found', {});
  assert.deepEqual(names, ['not-running']);
  assert.match(says, /3 other processes are in sight, and pid 1 is pause/);
});

test('several that fit are to be told apart', () => {
  assert.deepEqual(looked('mismatch', {}).names, ['several']);
});

test('the search by port takes the open files of the process, the one by name what it runs', () => {
  const process = processWith({ uid: 0, gid: 0 });
  const facts = { ...factsOf(processWith({}), process), foundBy: 'port' as const };
  const failure = { source: 'process', reason: 'denied', detail: 'EACCES' } as const;
  assert.deepEqual(
    checksOf(failure, 'sight', facts).map(({ name }) => name),
    ['uid', 'gid', 'file-owner'],
  );
  assert.deepEqual(
    checksOf(failure, 'sight', { ...facts, foundBy: 'exe' }).map(({ name }) => name),
    ['uid', 'gid'],
  );
});

test("a cgroup that is not proven to be the target's is not shown, and the way to the tree of the machine is told", () => {
  const facts = factsOf(memgap, processWith({}));
  const failure = {
    source: 'cgroup',
    reason: 'mismatch',
    detail: "no cgroup v2 mount of memgap's own shows for certain the group /../x of process 7",
  } as const;
  const [check] = checksOf(failure, ptraceNeeds.read, facts);
  assert.equal(check?.name, 'cgroup-unproven');
  const [remedy] = sightRemedies(new Set(['cgroup-unproven'] as const), facts);
  assert.ok(remedy?.snippets.some(({ lines }) => lines.some((line) => line.includes('--path.cgroupfs=/host/sys/fs/cgroup'))));
});

test('a timeout or a text that is malformed needs no check: its detail says it', () => {
  for (const reason of ['timeout', 'malformed', 'too-large'] as const) {
    assert.deepEqual(checksOf({ source: 'smaps', reason, detail: '' }, ptraceNeeds.read, factsOf(memgap, processWith({}))), []);
  }
});
