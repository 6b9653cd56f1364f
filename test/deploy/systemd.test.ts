import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { loadConfig } from '../../src/config/load.ts';
import { goProgram } from '../discovery/go-programs.ts';
import { memgapCommand, writeConfig } from '../e2e/memgap.ts';
import { folder } from '../kernel/process/processes.ts';

const root = join(import.meta.dirname, '../..');
const unit = readFileSync(join(root, 'deploy/systemd/memgap.service'), 'utf8');

function setting(name: string): string {
  return new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1] ?? '';
}

test('systemd takes the unit without a word', (t) => {
  if (spawnSync('systemd-analyze', ['--version']).error !== undefined) return t.skip('needs systemd-analyze');
  const place = folder(t);
  const program = join(place, 'memgap');
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
  const copy = join(place, 'memgap.service');
  writeFileSync(copy, unit.replace('/usr/local/lib/memgap/bin/memgap', program));
  const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', copy], { encoding: 'utf8' });
  const ours = stderr.split('\n').filter((line) => line.includes(place));
  assert.deepEqual([status, stdout, ours], [0, '', []], stderr);
});

test('nothing in the unit hides the processes of others', () => {
  assert.deepEqual([setting('ProtectProc'), setting('ProcSubset'), setting('PrivateUsers')], ['default', 'all', 'no']);
  assert.equal(setting('AmbientCapabilities'), setting('CapabilityBoundingSet'));
  assert.doesNotMatch(unit, /^MemoryDenyWriteExecute/m);
});

test("with the unit's user and rights another user's process is measured whole, each right being needed", async (t) => {
  const program = goProgram(t);
  if (!program.ok) return t.skip(program.detail);
  if (process.getuid?.() !== 0) return t.skip('needs root, to give capabilities away');
  const { address } = await program.value.start();
  const port = Number(address.split(':').at(-1));
  const file = writeConfig(
    'host.yml',
    JSON.stringify({ discovery: { rules: [{ exe: program.value.name, go: { pprof: port } }] } }), // JSON is YAML
  );
  const all = setting('AmbientCapabilities').split(' ');
  const whole = await explainWith(t, file, all);
  assert.deepEqual(
    Object.entries(whole.sources ?? {}).filter(([, { ok }]) => !ok),
    [],
  );
  assert.ok(whole.rss?.components !== undefined && whole.cgroup !== undefined && whole.go?.source === 'pprof_heap');

  const blind = await explainWith(
    t,
    file,
    all.filter((right) => right !== 'CAP_SYS_PTRACE'),
  );
  assert.equal(blind.target, undefined, 'what it runs can not be told');
  const deaf = await explainWith(
    t,
    file,
    all.filter((right) => right !== 'CAP_DAC_READ_SEARCH'),
  );
  assert.equal(deaf.go, undefined, 'whose port it is can not be told, so it is not asked');
  assert.ok(deaf.rss !== undefined);
});

interface Explained {
  readonly target?: object;
  readonly go?: { readonly source: string };
  readonly rss?: { readonly components?: object };
  readonly cgroup?: object;
  readonly sources?: Readonly<Record<string, { readonly ok: boolean }>>;
}

/** `memgap explain` as nobody, with these capabilities and no more; nothing of it where it fails. */
async function explainWith(t: TestContext, file: string, capabilities: readonly string[]): Promise<Explained> {
  const place = folder(t);
  const own = join(place, 'memgap.yml');
  writeFileSync(own, readFileSync(file));
  const command = await memgapCommand(['explain', '--config.file', own, '--json']);
  const installed = /^'([^']*)\/bin\/memgap'/.exec(command)?.[1] ?? '';
  spawnSync('chmod', ['-R', 'a+rX', place, installed]); // temporary folders are for their owner alone
  const rights = capabilities.map((name) => `+${name.replace('CAP_', '').toLowerCase()}`).join(',');
  const user = ['--reuid=65534', '--regid=65534', '--clear-groups', `--inh-caps=${rights}`, `--ambient-caps=${rights}`, '--no-new-privs'];
  try {
    const { stdout } = await promisify(execFile)('setpriv', [...user, 'sh', '-c', `exec ${command}`], {
      env: { ...process.env, MEMGAP_NODE: process.execPath },
    });
    return JSON.parse(stdout);
  } catch {
    return {};
  }
}

test('the configuration of docs/host.md is right', async () => {
  const text = readFileSync(join(root, 'docs/host.md'), 'utf8');
  const examples = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, example = '']) => example);
  assert.ok(examples.length > 0);
  for (const [index, example] of examples.entries()) {
    const loaded = await loadConfig(writeConfig(`host-${index}.yml`, example));
    assert.ok(loaded.ok, JSON.stringify(loaded));
  }
});
