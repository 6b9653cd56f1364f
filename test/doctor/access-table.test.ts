import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CheckName } from '../../src/doctor/check.ts';
import { ptraceChecks } from '../../src/doctor/ptrace.ts';
import { rightRemedies } from '../../src/doctor/rights.ts';
import type { ProcessAccess } from '../../src/model/access.ts';
import { factsOf, processWith } from './facts.ts';

const ptrace = ['CAP_SYS_PTRACE'];
/** The default of container engines, a few of them. */
const defaults = ['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'];
const restricted = processWith({});
const root = processWith({ uid: 0 });

interface Row {
  /** The scenario that was recorded in a real container. */
  readonly scenario: string;
  readonly target: ProcessAccess;
  readonly memgap: ProcessAccess;
  /** Checks failed for smaps, and for fd/ (and with it pagemap), which is its owner's alone. */
  readonly smaps: readonly string[];
  readonly fd: readonly string[];
  /** By what it is mended, in a pod. */
  readonly remedies: readonly string[];
}

/** Scenario 09 is left out: which capabilities its target had was not recorded. */
const rows: readonly Row[] = [
  { scenario: '01-same-uid-restricted', target: restricted, memgap: restricted, smaps: [], fd: [], remedies: [] },
  {
    scenario: '02-other-uid-restricted',
    target: restricted,
    memgap: processWith({ uid: 65_534 }),
    smaps: ['uid', 'gid'],
    fd: ['uid', 'gid', 'file-owner'],
    remedies: ['same-ids'],
  },
  {
    scenario: '03-probe-root-nocaps',
    target: restricted,
    memgap: root,
    smaps: ['uid', 'gid'],
    fd: ['uid', 'gid', 'file-owner'],
    remedies: ['same-ids', 'sys-ptrace'],
  },
  {
    scenario: '04-probe-root-defaultcaps',
    target: restricted,
    memgap: processWith({ uid: 0, capabilities: defaults }),
    smaps: ['uid', 'gid'],
    fd: ['uid', 'gid'], // listed thanks to CAP_DAC_OVERRIDE; what its links lead to stays closed
    remedies: ['same-ids', 'sys-ptrace'],
  },
  {
    scenario: '05-probe-root-only-SYS_PTRACE',
    target: restricted,
    memgap: processWith({ uid: 0, capabilities: ptrace }),
    smaps: [],
    fd: ['file-owner'],
    remedies: ['dac-read-search'],
  },
  {
    scenario: '06-probe-otheruid-SYS_PTRACE',
    target: restricted,
    memgap: processWith({ uid: 65_534, capabilities: ptrace }),
    smaps: [],
    fd: ['file-owner'],
    remedies: ['dac-read-search'],
  },
  {
    scenario: '07-same-uid-target-nondumpable',
    target: processWith({ owner: 0 }),
    memgap: restricted,
    smaps: ['dumpable'],
    fd: ['dumpable', 'file-owner'],
    remedies: ['dumpable', 'sys-ptrace'],
  },
  {
    scenario: '08-same-uid-target-filecaps',
    target: processWith({ capabilities: ['CAP_NET_BIND_SERVICE'] }),
    memgap: restricted,
    smaps: ['capabilities'],
    fd: ['capabilities'],
    remedies: ['drop-capabilities', 'sys-ptrace'],
  },
  {
    scenario: '10-target-root-defaultcaps-probe-root-nocaps',
    target: processWith({ uid: 0, capabilities: defaults }),
    memgap: root,
    smaps: ['capabilities'],
    fd: ['capabilities'],
    remedies: ['drop-capabilities', 'sys-ptrace'],
  },
  {
    scenario: '11-target-execonly-binary',
    target: processWith({ owner: 0 }),
    memgap: restricted,
    smaps: ['dumpable'],
    fd: ['dumpable', 'file-owner'],
    remedies: ['dumpable', 'sys-ptrace'],
  },
  {
    scenario: '12-same-uid-other-gid',
    target: restricted,
    memgap: processWith({ uid: 65_532, gid: 1000 }),
    smaps: ['gid'],
    fd: ['gid'],
    remedies: ['same-ids'],
  },
  { scenario: '13-both-root-nocaps', target: root, memgap: root, smaps: [], fd: [], remedies: [] },
  {
    scenario: '14-target-root-nocaps-probe-65532',
    target: root,
    memgap: restricted,
    smaps: ['uid', 'gid'],
    fd: ['uid', 'gid', 'file-owner'],
    remedies: ['same-ids'],
  },
  {
    scenario: '15-target-root-defaultcaps-probe-root-SYS_PTRACE',
    target: processWith({ uid: 0, capabilities: defaults }),
    memgap: processWith({ uid: 0, capabilities: ptrace }),
    smaps: [],
    fd: [],
    remedies: [],
  },
];

const fixtures = join(import.meta.dirname, '../fixtures/access');
const recorded = ['v1-podman-4.3.1.txt', 'v2-podman-5.4.2.txt'].map((name) => readFileSync(join(fixtures, name), 'utf8'));

/** With every check passed a security module is all that is left to suspect. */
function certain({ memgap, target }: Row, ownersOnly: boolean): readonly CheckName[] {
  const { surroundings } = factsOf(memgap, target);
  const names = ptraceChecks(surroundings, target, { mode: 'read', ownersOnly }).map(({ name }) => name);
  return names.filter((name) => name !== 'security-module');
}

for (const row of rows) {
  test(`${row.scenario}: the checks are named as the kernel made them, and what mends them`, () => {
    const smaps = certain(row, false);
    const fd = certain(row, true);
    assert.deepEqual(smaps, row.smaps);
    assert.deepEqual(fd, row.fd);

    const failed = new Set([...smaps, ...fd]);
    const remedies = rightRemedies(failed, factsOf(row.memgap, row.target)).map(({ name }) => name);
    assert.deepEqual(remedies, row.remedies);

    for (const text of recorded) {
      const line = text.split('\n').find((each) => each.startsWith(`${row.scenario}:`));
      if (line === undefined) continue; // v2 has the decisive rows
      assert.equal(/ smaps:ok /.test(line), row.smaps.length === 0, line);
      // listing fd/ takes its owner's uid alone, what the links lead to takes the right to read as well
      assert.equal(/ fd:ok /.test(line), !row.fd.includes('file-owner'), line);
    }
  });
}
