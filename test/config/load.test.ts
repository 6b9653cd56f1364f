import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { type LoadResult, loadConfig, parseConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problem.ts';
import type { Config } from '../../src/model/config.ts';
import { runs } from '../runs.ts';

const fixtures = fileURLToPath(new URL('../fixtures/config', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'memgap-config-'));
after(() => rmSync(scratch, { recursive: true }));

function configOf(text: string): Config {
  const result = parseConfig(text, join(fixtures, 'memgap.yml'));
  assert.ok(result.ok, JSON.stringify(result));
  return result.config;
}

function lines(result: LoadResult): readonly string[] {
  return result.ok ? [] : result.problems.map(formatProblem);
}

test('the smallest configuration gets the defaults', () => {
  assert.deepEqual(configOf('targets: [{ name: a, go: { expvar: "http://127.0.0.1:6060/debug/vars" } }]'), {
    pollInterval: 15_000,
    pollTimeout: 5000,
    targets: [
      { name: 'a', go: { expvar: { url: 'http://127.0.0.1:6060/debug/vars', bodySizeLimit: 64 * 1024 * 1024 } }, process: undefined },
    ],
  });
});

test('every field arrives where it belongs, and an address replaces what its target says', async () => {
  const file = join(fixtures, 'secret.txt');
  const result = await loadConfig(join(fixtures, 'valid-every-field.yml'));
  const basicAuth = { username: 'monitor', password: { file } };

  assert.ok(result.ok, JSON.stringify(result));
  assert.equal(result.config.pollInterval, 90_000);
  assert.equal(result.config.pollTimeout, 1500);
  const [first, ...rest] = result.config.targets;
  assert.deepEqual(first, {
    name: 'operator',
    go: {
      pprof: { url: 'http://127.0.0.1:6060/debug/pprof', basicAuth, bodySizeLimit: 16 * 1024 * 1024 },
      expvar: { url: 'http://localhost/debug/vars', socketPath: '/run/op.sock', basicAuth, bodySizeLimit: 1024 * 1024 },
      metrics: {
        url: 'https://op.example:8443/metrics/',
        authorization: { type: 'Bearer', credentials: { file } },
        tls: { caFile: file, certFile: file, key: { file }, serverName: 'op.example', insecureSkipVerify: false },
        bodySizeLimit: 16 * 1024 * 1024,
      },
    },
    process: { by: 'pid', pid: 7 },
  });
  assert.deepEqual(
    rest.map(({ process }) => process),
    [
      { by: 'exe', exe: '/usr/bin/manager' },
      { by: 'port', port: 6060 },
      { by: 'cgroup', cgroup: 'operator.service' },
    ],
  );
  assert.deepEqual(rest[2]?.go.metrics, {
    url: 'https://[::1]:8443/metrics',
    authorization: { type: 'Token', credentials: { text: 'secret-7f3a' } },
    tls: { insecureSkipVerify: true },
    bodySizeLimit: 1_048_576,
  });
});

test("TLS settings of a target go to its https addresses only, and a token of an address replaces the target's password", () => {
  const [target] = configOf(`
targets:
  - name: a
    go:
      pprof: http://127.0.0.1:6060/debug/pprof
      metrics: { url: 'https://127.0.0.1:8443/metrics', authorization: { credentials: t } }
    basic_auth: { username: u, password: '' }
    tls_config: { insecure_skip_verify: true }
`).targets;

  assert.equal(target?.go.pprof?.tls, undefined);
  assert.deepEqual(target?.go.pprof?.basicAuth, { username: 'u', password: { text: '' } });
  assert.deepEqual(target?.go.metrics?.tls, { insecureSkipVerify: true });
  assert.deepEqual(target?.go.metrics?.authorization, { type: 'Bearer', credentials: { text: 't' } });
  assert.equal(target?.go.metrics?.basicAuth, undefined);
});

test('a short poll_interval shortens the poll_timeout that nobody gave', () => {
  assert.equal(configOf('{ poll_interval: 2s, targets: [{ name: a, process: { pid: 1 } }] }').pollTimeout, 2000);
});

test('a configuration is frozen all the way down', () => {
  function assertFrozen(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    assert.ok(Object.isFrozen(value), JSON.stringify(value));
    for (const part of Object.values(value)) assertFrozen(part);
  }
  assertFrozen(configOf(readFileSync(join(fixtures, 'valid-every-field.yml'), 'utf8')));
});

test('a byte order mark and Windows line ends do no harm', async () => {
  const file = join(scratch, 'windows.yml');
  writeFileSync(file, '\ufefftargets:\r\n  - name: a\r\n    process: { pid: 1 }\r\n');

  assert.deepEqual(lines(await loadConfig(file)), []);
});

test('5000 targets are accepted, also when they share their credentials by alias; one more is not', () => {
  const target = (index: number) =>
    `  - { name: t${index}, go: { pprof: "http://127.0.0.1/" }, basic_auth: ${index === 0 ? '&a { username: u, password: p }' : '*a'} }\n`;
  const text = `targets:\n${Array.from({ length: 5000 }, (_, index) => target(index)).join('')}`;

  assert.equal(configOf(text).targets.length, 5000);
  assert.deepEqual(lines(parseConfig(text + target(5000), 'x.yml')), [
    'x.yml:2:3: a list of more than 5000: there can be at most 5000 targets',
  ]);
});

test('a file of 10 MB is refused in one line, and not read', async () => {
  const file = join(scratch, 'large.yml');
  writeFileSync(file, 'targets:\n');
  truncateSync(file, 10_000_000);

  assert.deepEqual(lines(await loadConfig(file)), [`${file}: the file is longer than 2.00 MiB: is it a memgap configuration?`]);
});

test('what is no readable text file is refused in one line', async () => {
  const binary = join(scratch, 'binary.yml');
  writeFileSync(binary, Buffer.from([0xff, 0xfe, 0x74, 0x00]));
  const fifo = join(scratch, 'fifo.yml');
  execFileSync('mkfifo', [fifo]);

  assert.deepEqual(lines(await loadConfig(join(scratch, 'none.yml'))), [
    `${join(scratch, 'none.yml')}: cannot read the file: ENOENT (no such file)`,
  ]);
  assert.deepEqual(lines(await loadConfig(scratch)), [`${scratch}: cannot read the file: it is a directory`]);
  assert.deepEqual(lines(await loadConfig(fifo)), [`${fifo}: cannot read the file: it is not a regular file`]);
  assert.deepEqual(lines(await loadConfig('/dev/zero')), ['/dev/zero: cannot read the file: it is not a regular file']);
  assert.deepEqual(lines(await loadConfig(binary)), [`${binary}: the file is not UTF-8 text`]);
  assert.deepEqual(lines(await loadConfig('a\0b')), ['a\\x00b: cannot read the file: ERR_INVALID_ARG_VALUE']);
});

test('a secret file without the right to read it is an error with line and column', async (t) => {
  const secret = join(scratch, 'password');
  writeFileSync(secret, 'secret-7f3a');
  chmodSync(secret, 0);
  chmodSync(scratch, 0o755);
  const text = `targets:\n  - name: a\n    go: { pprof: http://127.0.0.1/ }\n    basic_auth: { username: u, password_file: password }\n`;
  const file = join(scratch, 'secret-file.yml');
  writeFileSync(file, text);
  const isRoot = process.geteuid?.() === 0;
  try {
    if (isRoot) process.seteuid?.(65_534); // root may read anything
  } catch {
    return t.skip('cannot become another user');
  }
  try {
    const result = await loadConfig(file);
    assert.deepEqual(result, {
      ok: false,
      problems: [
        {
          file,
          line: 4,
          column: 47,
          message: 'targets[0].basic_auth.password_file: cannot read the file of this name: EACCES (permission denied)',
        },
      ],
    });
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});

test('text nested to any depth is refused, not a crash', () => {
  for (const depth of [50, 500, 700, 750, 800, 900, 1000, 3000, 20_000]) {
    for (const text of ['['.repeat(depth), `targets: ${'['.repeat(depth)}${']'.repeat(depth)}`, '{a: '.repeat(depth), '- '.repeat(depth)]) {
      assert.equal(parseConfig(text, 'x.yml').ok, false);
    }
  }
});

function assertPlain(result: ReturnType<typeof parseConfig>): void {
  if (result.ok) return;
  assert.ok(result.problems.length >= 1 && result.problems.length <= 20);
  for (const problem of result.problems) {
    assert.ok((problem.line ?? 1) >= 1 && (problem.column ?? 1) >= 1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    assert.doesNotMatch(formatProblem(problem), /[\x00-\x1f]/);
  }
}

test('no text makes it throw, or a message of more than one line', () => {
  const scraps = [
    'targets:',
    '\n',
    '  ',
    '- ',
    'name: a',
    '{',
    '}',
    '[',
    ']',
    '&a ',
    '*a',
    '!x ',
    '"',
    "'",
    '|',
    '\t',
    ': ',
    '? ',
    '---',
    '%YAML 1.1\n',
    '<<',
    '#',
  ];
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => assertPlain(parseConfig(text, 'x.yml'))));
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...scraps), { maxLength: 30 }), (parts) => assertPlain(parseConfig(parts.join(''), 'x.yml'))),
  );
});

test('no JSON makes it throw, whatever stands in a known field', () => {
  const fields = [
    'targets',
    'name',
    'go',
    'pprof',
    'url',
    'process',
    'pid',
    'exe',
    'basic_auth',
    'password',
    'tls_config',
    'poll_interval',
    '__proto__',
  ];
  const { document } = fc.letrec((tie) => ({
    document: fc.oneof(
      { maxDepth: 4 },
      fc.jsonValue({ maxDepth: 1 }),
      fc.array(tie('document'), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom(...fields), tie('document'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(document, (value) => assertPlain(parseConfig(JSON.stringify(value) ?? '', 'x.yml'))),
    { numRuns: runs(500) },
  );
});

test('a secret is never repeated, in whichever field and form it was written', () => {
  const fields = [
    'username',
    'password',
    'password_file',
    'type',
    'credentials',
    'credentials_file',
    'ca',
    'ca_file',
    'cert',
    'cert_file',
    'key',
    'key_file',
    'server_name',
    'insecure_skip_verify',
    'other',
  ];
  const forms = [
    'X',
    'a: X',
    'a:X',
    'X:',
    '[X]',
    '{ X }',
    '{ X: 1 }',
    '*X',
    '!X',
    '%X',
    '&X',
    '"X',
    "'X",
    '"\\X"',
    '|X',
    '|\n        X',
    '`X',
    '? X',
  ];
  for (const section of ['basic_auth', 'authorization', 'tls_config']) {
    for (const line of fields.flatMap((field) => forms.flatMap((form) => [`${field}: ${form}`, `${field}:${form}`]))) {
      const written = `targets:\n  - name: a\n    nonsense: 1\n    go: { pprof: http://127.0.0.1/ }\n    ${section}:\n      ${line.replaceAll('X', 'Sesame9')}\n`;
      const said = lines(parseConfig(written, 'x.yml'));

      assert.notDeepEqual(said, [], written);
      assert.doesNotMatch(said.join('\n'), /Sesame9/, written);
    }
  }
});
