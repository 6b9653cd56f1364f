import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { parse } from 'yaml';
import { type Diagnosis, diagnose, type Examination, isWhole } from '../../src/doctor/diagnose.ts';
import { doctorDocument } from '../../src/doctor/document.ts';
import { endpointRemedy } from '../../src/doctor/endpoint.ts';
import { rungsOf } from '../../src/doctor/ladder.ts';
import { losses } from '../../src/doctor/losses.ts';
import { rightRemedies } from '../../src/doctor/rights.ts';
import { sightRemedies } from '../../src/doctor/sight.ts';
import { doctorText } from '../../src/doctor/text.ts';
import { ledgerOf } from '../../src/ledger/ledger.ts';
import { families } from '../../src/metrics/families.ts';
import { missing } from '../../src/reading.ts';
import type { SourceOutcome } from '../../src/snapshot.ts';
import { sources } from '../../src/sources/index.ts';
import { fullBook, fullSnapshot } from '../metrics/states.ts';
import { factsOf, processWith } from './facts.ts';

const good: SourceOutcome = { ok: true, seconds: 0 };
const target = processWith({});
const asked = { go: true, process: true, memoryReads: false };

function diagnosed(outcomes: Record<string, SourceOutcome>, facts = factsOf(processWith({ uid: 1000 }), target)): Diagnosis {
  const examination: Examination = { target: 'operator', ledger: ledgerOf(fullSnapshot, fullBook), outcomes, facts, asked };
  return diagnose(examination);
}

function bad(reason: 'denied' | 'unsupported' | 'unauthorized' | 'unreachable' | 'not-found', detail: string): SourceOutcome {
  return { ok: false, seconds: 0, reason, detail };
}

test('every source has its loss, and every family that is named in one is published', () => {
  const names = Object.values(sources).map(({ name }) => name as string);
  assert.deepEqual(Object.keys(losses).toSorted(), ['process', ...names].toSorted());
  const published = new Set(families.map(({ name }) => name));
  for (const loss of Object.values(losses)) for (const family of loss.families) assert.ok(published.has(family), family);
});

test('all that was asked for is readable: whole, and nothing to do', () => {
  const diagnosis = diagnosed({ expvar: good, status: good, smaps: good });
  assert.ok(isWhole(diagnosis));
  assert.deepEqual(diagnosis.advice, []);
  assert.doesNotMatch(doctorText(diagnosis, { color: false }), /What to do/);
});

test('what this kernel or program does not have is no loss; an address that does not tell MemStats is', () => {
  assert.ok(isWhole(diagnosed({ build_info: bad('unsupported', 'not a Go program'), cgroup: bad('unsupported', 'the root group') })));
  assert.ok(!isWhole(diagnosed({ expvar: bad('unsupported', 'HTTP 500') })));
  assert.ok(!isWhole(diagnosed({ smaps: bad('denied', '/proc/7/smaps: EACCES') })));
});

test('one remedy opens all the sources that one check closed; the lines are those of the place, JSON has all', () => {
  const denied = { smaps: bad('denied', '/proc/7/smaps: EACCES; memgap needs rights'), exe: bad('denied', '/proc/7/exe: EACCES') };
  const pod = diagnosed(denied);
  assert.deepEqual(
    pod.advice.map(({ name, sources }) => [name, sources]),
    [['same-ids', ['smaps', 'exe']]],
  );
  const text = doctorText(pod, { color: false });
  assert.match(text, /securityContext:\n +runAsUser: 65532\n +runAsGroup: 65532\n/);
  assert.match(text, /✗ smaps +denied\n +why +\/proc\/7\/smaps: EACCES\n +UID differs: memgap's is 1000, the target's 65532\n/);
  assert.match(text, /as for smaps/);
  assert.doesNotMatch(text, /\[Service\]/);

  const host = diagnosed(denied, factsOf(processWith({ uid: 1000 }), target, { kubernetes: false }));
  assert.match(doctorText(host, { color: false }), /\[Service\]\n +User=65532\n +Group=65532\n/);
  assert.match(JSON.stringify(doctorDocument([pod])), /runAsUser: 65532.*User=65532/);
});

test('color changes the looks and not the words', () => {
  const diagnosis = diagnosed({ smaps: bad('denied', 'EACCES'), status: good });
  const colored = doctorText(diagnosis, { color: true });
  assert.ok(colored.includes('\x1b['));
  assert.equal(stripVTControlCharacters(colored), doctorText(diagnosis, { color: false }));
});

test('hostile names, labels and details stay text', () => {
  const hostile = '\x1b[31m\u202e\nred';
  const process = { ...processWith({ label: hostile }), name: hostile };
  const diagnosis = diagnosed({ smaps: bad('denied', hostile) }, factsOf(processWith({ label: 'unconfined' }), process));
  const text = doctorText({ ...diagnosis, target: hostile }, { color: false });
  assert.ok(!text.includes('\x1b') && !text.includes('\u202e') && !text.includes('\nred'));
});

test('the rungs are those that the books stand on', () => {
  assert.deepEqual(rungsOf(ledgerOf(fullSnapshot, fullBook)), ['go', 'status', 'cgroup', 'smaps_rollup', 'smaps']);
  const denied = missing('denied', '');
  assert.deepEqual(rungsOf(ledgerOf({ ...fullSnapshot, cgroup: denied, rollup: denied })), ['go', 'status']);
  const read = { ...fullSnapshot, sources: { runtime_memory: good } };
  assert.ok(rungsOf(ledgerOf(read, fullBook)).includes('mem'));
});

test('an address that refuses gets the lines of its kind', () => {
  const lines = (source: string, outcome: SourceOutcome) =>
    diagnosed({ [source]: outcome })
      .advice.flatMap(({ snippets }) => snippets.flatMap((snippet) => snippet.lines))
      .join('\n');
  assert.match(lines('pprof_heap', bad('unreachable', 'ECONNREFUSED: nobody listens there')), /PprofBindAddress: "127\.0\.0\.1:6060"/);
  assert.match(lines('metrics', bad('unauthorized', 'HTTP 401; set basic_auth')), /credentials_file: .*\n.*nonResourceURLs/s);
  assert.match(lines('metrics', bad('unreachable', "the server's certificate is not trusted (X)")), /ca_file/);
  assert.match(lines('expvar', bad('not-found', 'HTTP 404')), /\/debug\/vars/);
  assert.equal(endpointRemedy({ source: 'expvar', reason: 'mismatch', detail: '' }), undefined);
});

test('every line for Kubernetes that is YAML parses as YAML', () => {
  const everyCheck = ['uid', 'gid', 'dumpable', 'capabilities', 'file-owner', 'user-namespace', 'yama', 'security-module'] as const;
  const seen = ['pid-namespace', 'hidepid', 'not-running', 'several', 'other-process', 'cgroup-unproven', 'root-group'] as const;
  for (const label of [
    undefined,
    'unconfined',
    'x (enforce)',
    'docker-default (enforce)',
    'system_u:system_r:container_t:s0:c1,c2',
    '": evil\n',
  ]) {
    const facts = factsOf(processWith({ uid: 0 }), processWith({ ...(label !== undefined && { label }) }));
    const remedies = [...rightRemedies(new Set(everyCheck), facts), ...sightRemedies(new Set(seen), facts)];
    for (const { title, snippets } of remedies) {
      for (const { lines } of snippets) {
        if (!/^(securityContext|spec|hostUsers|args)/.test(lines[0] ?? '')) continue;
        assert.equal(typeof parse(lines.join('\n')), 'object', title);
        assert.ok(!lines.join('\n').includes('evil'));
      }
    }
  }
});
