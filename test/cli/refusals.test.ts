import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { run } from '../../src/cli/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'memgap-refusals-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const good = fileOf('good.yml', 'targets: [{ name: operator, process: { pid: 1 } }]\n');
const bad = fileOf('bad.yml', 'targets: [{ name: operator, process: { pid: none } }]\n');

/** What memgap says when it refuses; nothing of it goes to standard output. */
async function refused(...argv: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
  let [out, said] = ['', ''];
  const code = await run(argv, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      said += text;
    },
    color: false,
  });
  assert.equal(out, '', argv.join(' '));
  return { code, said };
}

test('a config file that is wrong, or not there, is 1 for every command that reads one, with the same line', async () => {
  for (const argv of [['serve'], ['explain'], ['explain', 'operator'], ['doctor'], ['doctor', 'operator'], ['loadtest', '--mark']]) {
    const { code, said } = await refused(...argv, '--config.file', bad);
    assert.equal(code, 1, argv.join(' '));
    assert.equal(said, `memgap: ${bad}:1:45: targets[0].process.pid: expected a whole number, got "none"\n`, argv.join(' '));
    assert.equal((await refused(...argv, '--config.file', `${bad}.gone`)).code, 1, argv.join(' '));
  }
  assert.equal((await refused('check-config', bad)).code, 1);
});

test('a command line that is wrong is 2, and nothing has started', async () => {
  for (const [argv, line] of [
    [['serve', '--target.pid', '1', '--web.listen-address', 'nonsense'], /--web\.listen-address: expected HOST:PORT.*, got "nonsense"/],
    [['serve', '--config.file', good, '--web.listen-address', ':1', '--web.listen-address', ':70000'], /HOST:PORT.*, got ":70000"/],
    [['serve', '--config.file', good, '--target.pid', '1'], /--config\.file and --target\.pid exclude each other/],
    [['serve', '--config.file', good, '--poll.interval', 'nonsense'], /--config\.file and --poll\.interval exclude each other/],
    [['serve', '--config.file', good, '--poll.timeout', '1s'], /--config\.file and --poll\.timeout exclude each other/],
    [['explain', '--config.file', good, '--poll.timeout', '1s'], /--config\.file and --poll\.timeout exclude each other/],
    [['doctor', 'operator', '--config.file', good, '--poll.timeout', '1s'], /--config\.file and --poll\.timeout exclude/],
    [['loadtest', '--mark', '--config.file', good, '--poll.timeout', '1s'], /--config\.file and --poll\.timeout exclude/],
    [['serve'], /nothing to read: give --config\.file FILE, or --target\.pid/],
    [['serve', '--poll.interval', '15'], /--poll\.interval: expected a duration/],
    [['explain', '1', '--poll.timeout', '15'], /--poll\.timeout: expected a duration/],
    [['explain', '--config.file', good, 'nobody'], /no target is named "nobody": there are operator/],
    [['explain', '--target.pid', 'x'], /--target\.pid: /],
    [['doctor', 'operator'], /"operator" is no pid and no URL/],
    [['loadtest', '--mark', '--target.pid', 'x'], /--target\.pid: /],
    [['loadtest', '1'], /give --run CMD, or --mark/],
  ] as const) {
    const { code, said } = await refused(...argv);
    assert.equal(code, 2, `${argv.join(' ')}: ${said}`);
    assert.match(said, line);
    assert.match(
      said,
      argv[0] === 'serve'
        ? /\nmemgap --help lists commands and flags\.\n$/
        : new RegExp(`\nmemgap ${argv[0]} --help lists its flags\\.\n$`),
    );
  }
});

test('a URL with a password where none belongs is not repeated', async () => {
  const url = 'http://u:s3cret@h:6060/debug/pprof?token=s3cret';
  for (const argv of [
    [url],
    ['serve', url],
    ['serve', '--config.file', url],
    ['serve', '--target.pid', url],
    ['serve', '--target.pid', '1', '--web.listen-address', 'http://u:s3cret@h:6060'],
    ['serve', '--target.pid', '1', '--web.listen-address', 'u:s3cret@h:6060'],
    ['serve', '--target.pid', '1', '--web.telemetry-path', url],
    ['explain', url],
    ['explain', 'u:s3cret@h:6060'],
    ['explain', '127.0.0.1:6060?token=s3cret'],
    ['explain', url, '--config.file', good],
    ['explain', '--target.port', url],
    ['doctor', 'u:s3cret@h:6060'],
    ['loadtest', 'u:s3cret@h:6060', '--mark'],
    ['loadtest', '1', '--mark', '--out', url],
    ['inject', url],
    ['inject', '-f', url],
    ['check-config', url],
  ]) {
    const { code, said } = await refused(...argv);
    assert.ok(code === 1 || code === 2, argv.join(' '));
    assert.notEqual(said, '');
    assert.doesNotMatch(said, /s3cret/, argv.join(' '));
  }
});
