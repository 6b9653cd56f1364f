import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { configFromFlags, type TargetFlags } from '../../src/config/flags.ts';
import { parseConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problem.ts';

function lines(flags: TargetFlags): readonly string[] {
  const result = configFromFlags(flags);
  return result.ok ? [] : result.problems.map(formatProblem);
}

test('flags describe the same configuration as the file that says the same', () => {
  const flags = configFromFlags({
    'target.name': 'operator',
    'target.pprof': 'http://127.0.0.1:6060/debug/pprof/',
    'target.expvar': 'unix:/run/op.sock:/debug/vars',
    'target.metrics': 'http://127.0.0.1:8080/metrics',
    'target.port': '6060',
    'poll.interval': '10s',
    'poll.timeout': '3s',
  });
  const file = parseConfig(
    `{ poll_interval: 10s, poll_timeout: 3s, targets: [{ name: operator, process: { port: 6060 }, go: {
       pprof: "http://127.0.0.1:6060/debug/pprof/", expvar: "unix:/run/op.sock:/debug/vars", metrics: "http://127.0.0.1:8080/metrics" } }] }`,
    'memgap.yml',
  );

  assert.ok(flags.ok);
  assert.deepEqual(flags, file);
});

test('without a name the target is called like the executable, or just target', () => {
  for (const [flags, name] of [
    [{ 'target.exe': '/usr/bin/manager' }, 'manager'],
    [{ 'target.exe': 'manager' }, 'manager'],
    [{ 'target.pid': '7' }, 'target'],
    [{ 'target.cgroup': 'operator.service' }, 'target'],
  ] as const) {
    const result = configFromFlags(flags);
    assert.ok(result.ok);
    assert.equal(result.config.targets[0]?.name, name);
  }
});

test('a problem names the flag', () => {
  assert.deepEqual(lines({ 'target.pprof': 'ftp://x' }), ['--target.pprof: expected an http, https or unix: URL, got "ftp://x"']);
  assert.deepEqual(lines({ 'target.pid': '12x' }), ['--target.pid: expected a whole number, got "12x"']);
  assert.deepEqual(lines({ 'target.port': '99999' }), ['--target.port: expected a port from 1 to 65535, got 99999']);
  assert.deepEqual(lines({ 'target.pid': '1', 'target.name': '' }), ['--target.name: expected a name of 1 to 128 characters, got ""']);
  assert.deepEqual(lines({ 'target.pid': '1', 'poll.interval': '15' }), [
    '--poll.interval: expected a duration such as 15s or 1m30s, got "15"',
  ]);
  assert.deepEqual(lines({ 'target.pid': '1', 'poll.interval': '1s', 'poll.timeout': '2s' }), [
    '--poll.timeout: expected at most poll_interval: a poll must end before the next begins',
  ]);
});

test('a problem that more than one flag makes names them all', () => {
  assert.deepEqual(lines({ 'target.pid': '1', 'target.exe': 'manager' }), [
    '--target.*: expected exactly one of pid, exe, port and cgroup',
  ]);
  assert.deepEqual(lines({}), [
    '--target.*: expected an address (pprof, expvar or metrics), a process (pid, exe, port or cgroup), or both: there is nothing to read',
  ]);
});

test('a password in an address is refused and not repeated', () => {
  assert.deepEqual(lines({ 'target.pprof': 'http://u:secret-7f3a@127.0.0.1/' }), [
    '--target.pprof: expected a URL without user info (use basic_auth), got "http://***@127.0.0.1/"',
  ]);
});

test('no text in a flag makes it throw', () => {
  const text = fc.option(fc.string({ unit: 'binary' }), { nil: undefined });
  fc.assert(
    fc.property(text, text, text, text, (name, pprof, pid, exe) => {
      configFromFlags({ 'target.name': name, 'target.pprof': pprof, 'target.pid': pid, 'target.exe': exe, 'poll.interval': name });
    }),
  );
});
