import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { parse } from 'yaml';
import { ledgerOf } from '../../src/books/ledger.ts';
import { addressesOf } from '../../src/cli/doctor/examine.ts';
import { parseConfig } from '../../src/config/load.ts';
import { search } from '../../src/discovery/find.ts';
import type { Addresses, Kind } from '../../src/doctor/address.ts';
import { type Diagnosis, diagnose, type Examination, isWhole, rungsOf } from '../../src/doctor/diagnose.ts';
import { doctorDocument } from '../../src/doctor/document.ts';
import { endpointRemedy } from '../../src/doctor/endpoint.ts';
import { rightRemedies } from '../../src/doctor/rights.ts';
import { sightRemedies } from '../../src/doctor/sight.ts';
import { doctorText } from '../../src/doctor/text.ts';
import { type Missing, missing } from '../../src/model/reading.ts';
import type { SourceOutcome } from '../../src/model/snapshot.ts';
import type { GoEndpoints } from '../../src/model/target.ts';
import { bytes } from '../../src/model/units.ts';
import { sources } from '../../src/poll/sources.ts';
import { families } from '../../src/serve/metrics/page.ts';
import { fullBook, fullSnapshot } from '../serve/metrics/states.ts';
import { factsOf, processWith } from './facts.ts';

/** By name, as the command gives them. */
const losses = Object.fromEntries([...Object.values(sources), search].map(({ name, without }) => [name, without]));
const good: SourceOutcome = { ok: true, seconds: 0 };
const target = processWith({});
const asked = { go: true, process: true, memoryReads: false };

function diagnosed(outcomes: Record<string, SourceOutcome>, facts = factsOf(processWith({ uid: 1000 }), target)): Diagnosis {
  const examination: Examination = { target: 'operator', ledger: ledgerOf(fullSnapshot, fullBook), outcomes, losses, facts, asked };
  return diagnose(examination);
}

function bad(reason: 'denied' | 'unsupported' | 'unauthorized' | 'unreachable' | 'not-found', detail: string): SourceOutcome {
  return { ok: false, seconds: 0, reason, detail };
}

test('every source stands in the list by its own name, and every family that goes missing without it is published', () => {
  for (const [name, source] of Object.entries(sources)) assert.equal(source.name, name);
  const published = new Set(families.map(({ name }) => name));
  for (const { families } of Object.values(losses)) for (const family of families) assert.ok(published.has(family), family);
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
  assert.equal(endpointRemedy({ source: 'expvar', reason: 'mismatch', detail: '' }, {}), undefined);
});

/** All that an address can come to, by how its remedies tell it apart. */
const failures: readonly (readonly [Missing, string])[] = [
  ['unauthorized', 'HTTP 401; set basic_auth or authorization'],
  ['unauthorized', 'HTTP 403'],
  ['unauthorized', "the server refuses this client's certificate (X); check tls_config"],
  ['unreachable', "the server's certificate is not trusted (X); check tls_config"],
  ['unreachable', 'ECONNREFUSED: nobody listens there'],
  ['not-found', 'HTTP 404'],
  ['timeout', ''],
  ['too-large', ''],
  ['unsupported', ''],
  ['malformed', ''],
];

const sourceOf = { pprof: 'pprof_heap', expvar: 'expvar', metrics: 'metrics' } satisfies Record<Kind, string>;
const kinds = ['pprof', 'expvar', 'metrics'] as const;
const usual = { pprof: '/debug/pprof', expvar: '/debug/vars', metrics: '/metrics' } satisfies Record<Kind, string>;

const scratch = mkdtempSync(join(tmpdir(), 'memgap-diagnose-'));
after(() => rmSync(scratch, { recursive: true }));
const odd = join(scratch, "it's: a # name");
for (const name of ['ca.crt', 'client.crt', 'client.key', 'token', 'password', odd.slice(scratch.length)])
  writeFileSync(join(scratch, name), '');

/** A whole config around the lines of a snippet; the files that are named for the reader's are there. */
function configWith(where: string, lines: readonly string[]) {
  const [, kind] = /at go\.(\w+) of the target/.exec(where) ?? [];
  const whole =
    kind === undefined
      ? [...lines, 'targets: [{ name: a, process: { exe: manager } }]']
      : ['targets:', '  - name: a', '    go:', `      ${kind}:`, ...lines.map((line) => `        ${line}`)];
  const text = whole.join('\n').replaceAll(/_file: (\/path|\/var\/run\/secrets\/kubernetes.io\/serviceaccount)\//g, `_file: ${scratch}/`);
  const file = join(scratch, 'memgap.yml');
  const result = parseConfig(text, file);
  assert.ok(result.ok, `${text}\n${JSON.stringify(result)}`);
  return result.config;
}

/** The snippets for memgap's config, each as the config that it makes; `on` is where it is printed. */
function configsFor(kind: Kind, [reason, detail]: (typeof failures)[number], addresses: Addresses) {
  const snippets = endpointRemedy({ source: sourceOf[kind], reason, detail }, addresses)?.snippets ?? [];
  return snippets
    .filter(({ where }) => where.startsWith("memgap's config"))
    .map(({ where, on, lines }) => ({ on, lines, endpoint: configWith(where, lines).targets[0]?.go[kind] }));
}

test("every line for memgap's config loads, and keeps the address and its TLS settings", () => {
  for (const kind of kinds) {
    const written = [
      `http://127.0.0.1:6060${usual[kind]}`,
      `unix:/run/op.sock:${usual[kind]}`,
      `unix:/run/"it's,[x]":${usual[kind]}`,
      `http://[::1]:6060/a,[b]:${usual[kind]}:`,
      `https://operator.example${usual[kind]}`,
    ];
    for (const url of written) {
      const tls = [
        'tls_config:',
        `  ca_file: ${JSON.stringify(odd)}`,
        `  cert_file: ${JSON.stringify(odd)}`,
        `  key_file: ${JSON.stringify(odd)}`,
        '  server_name: "true"',
      ];
      const lines = [`url: ${JSON.stringify(url)}`, ...(url.startsWith('https:') ? tls : [])];
      const go: GoEndpoints = configWith(`at go.${kind} of the target`, lines).targets[0]?.go ?? {};
      for (const failure of failures) {
        for (const { endpoint, lines } of configsFor(kind, failure, addressesOf(go))) {
          if (endpoint === undefined) continue; // of the whole config
          assert.equal(endpoint.url, go[kind]?.url, lines.join('\n'));
          assert.equal(endpoint.socketPath, go[kind]?.socketPath);
          if (!lines.includes('  insecure_skip_verify: true')) assert.deepEqual(endpoint.tls, go[kind]?.tls, failure.join());
        }
      }
    }
    for (const failure of failures) {
      for (const { endpoint } of configsFor(kind, failure, {})) {
        if (endpoint !== undefined) assert.equal(endpoint.url, `https://127.0.0.1:8443${usual[kind]}`);
      }
    }
  }
});

test('credentials are those of the place: a token of Kubernetes is named in Kubernetes only, with the paths that its owner must get', () => {
  const paths = { pprof: ['/debug/pprof', '/debug/pprof/*'], expvar: ['/debug/vars'], metrics: ['/metrics'] };
  for (const kind of kinds) {
    for (const failure of failures.slice(0, 2)) {
      const configs = configsFor(kind, failure, {});
      for (const { on, lines, endpoint } of configs) {
        assert.equal(on === 'kubernetes', lines.join().includes('kubernetes.io'));
        assert.ok(on !== undefined && endpoint?.tls?.insecureSkipVerify, "controller-runtime's own certificate");
      }
      assert.deepEqual(
        configs.map(({ on }) => on),
        ['kubernetes', 'host', 'host'],
      );
      const [reason, detail] = failure;
      for (const url of [undefined, `http://127.0.0.1:6060${usual[kind]}`, `unix:/run/op.sock:${usual[kind]}`]) {
        const remedy = endpointRemedy({ source: sourceOf[kind], reason, detail }, url === undefined ? {} : { [kind]: { url } });
        const role = remedy?.snippets.find(({ where }) => where.includes('ClusterRole'));
        assert.equal(role?.on, 'kubernetes');
        assert.deepEqual(parse(role?.lines.join('\n') ?? '').rules, [{ nonResourceURLs: paths[kind], verbs: ['get'] }]);
      }
    }
  }
});

test('of a tls_config that holds its keys itself no key is repeated', () => {
  const tls = { ca: 'CA', cert: 'CERT', key: { text: 'SECRET' }, insecureSkipVerify: false };
  const credentials = { basicAuth: { username: 'a', password: { text: 'SECRET' } } };
  const addresses = addressesOf({ expvar: { url: 'https://a/debug/vars', tls, ...credentials, bodySizeLimit: bytes(1) } });
  assert.deepEqual(addresses.expvar?.tls, { ca_file: '/path/ca.crt', cert_file: '/path/client.crt', key_file: '/path/client.key' });
  assert.doesNotMatch(JSON.stringify(addresses), /SECRET/);
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
