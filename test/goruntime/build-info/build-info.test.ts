import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { budgets } from '../../../src/budgets.ts';
import { buildInfo, fromTexts, parseBuildInfo } from '../../../src/goruntime/build-info/build-info.ts';
import { findBlob } from '../../../src/goruntime/build-info/build-info-blob.ts';
import { known } from '../../../src/model/reading.ts';
import { asNobodyLater, here, noPid, seesKernelThreads, start } from '../../kernel/process/processes.ts';
import { locateLab, startLab } from '../../programs.ts';
import { runs } from '../../runs.ts';
import { readerOf, tinyElf } from './tiny-elf.ts';

const modules = [
  'path\texample.org/operator/cmd/manager',
  'mod\texample.org/operator\tv1.2.3\th1:abc=',
  'dep\tk8s.io/api\tv0.30.0\th1:def=',
  'build\t-buildmode=exe',
  'build\tCGO_ENABLED=0',
  'build\tGOARCH=arm64',
  '',
].join('\n');
const told = {
  goVersion: 'go1.22.5',
  mainModule: 'example.org/operator',
  goarch: 'arm64',
  cgo: false,
  instrumented: false,
  race: false,
  clientGo: false,
};

const { signal } = new AbortController();

test('both forms of the blob are read, with section headers and stripped of them', () => {
  for (const inline of [true, false]) {
    for (const sections of [true, false]) {
      const file = tinyElf({ version: 'go1.22.5', modules, inline, sections });
      assert.deepEqual(parseBuildInfo(readerOf(file)), { ok: true, value: told }, `inline ${inline}, sections ${sections}`);
    }
  }
});

test('a module text of any length comes back, one past 1 MiB or without sentinels is left out', () => {
  for (const count of [1, 200, 20_000]) {
    const long = `${'dep\tx\tv1\n'.repeat(count)}${modules}`;
    assert.deepEqual(parseBuildInfo(readerOf(tinyElf({ version: 'go1.22.5', modules: long, inline: true, sections: true }))), {
      ok: true,
      value: told,
    });
  }
  const huge = parseBuildInfo(readerOf(tinyElf({ version: 'go1.22.5', modules: 'x\n'.repeat(600_000), inline: true, sections: true })));
  assert.deepEqual(huge, { ok: true, value: { ...told, mainModule: undefined, goarch: undefined, cgo: undefined } });
  const bare = parseBuildInfo(readerOf(tinyElf({ version: 'go1.22.5', modules: '', inline: true, sections: true })));
  assert.ok(bare.ok && bare.value.mainModule === undefined);
});

test('settings: cgo on, off and not told; race, msan and asan builds are marked', () => {
  const of = (text: string) => known(fromTexts('go1.22', text));
  assert.equal(of('build\tCGO_ENABLED=1\n')?.cgo, true);
  assert.equal(of('build\tCGO_ENABLED=0\n')?.cgo, false);
  assert.equal(of('')?.cgo, undefined);
  for (const flag of ['-race', '-msan', '-asan']) assert.ok(of(`build\t${flag}=true\n`)?.instrumented, flag);
  assert.equal(of('build\t-race=false\nbuild\t-tags=race\n')?.instrumented, false);
  assert.deepEqual([of('build\t-race=true\n')?.race, of('build\t-asan=true\n')?.race], [true, false]);
});

test('client-go is told by its own line, whatever it was replaced by, and by no other module of that name', () => {
  const of = (text: string) => known(fromTexts('go1.22', `path\tx\nmod\tx\tv1\n${text}`))?.clientGo;
  assert.equal(of('dep\tk8s.io/client-go\tv0.30.0\n=>\texample.org/fork\tv1\th1:x=\n'), true);
  for (const other of [
    'dep\tk8s.io/client-go/v2\tv2.0.0\n',
    'dep\texample.org/k8s.io/client-go\tv1\n',
    'build\t-ldflags=dep k8s.io/client-go\n',
  ])
    assert.equal(of(other), false, other);
});

test('lines that say nothing cost no step of ours: a module text of a MiB of line feeds, of dependencies, and of settings', () => {
  const mib = budgets.buildInfoText.maxBytes - 64;
  for (const line of ['\n', 'dep\tx\tv1\n', 'x']) {
    const text = `mod\tx\tv1\n${line.repeat(mib / line.length - 8)}\n`;
    const reading = parseBuildInfo(readerOf(tinyElf({ version: 'go1.22.5', modules: text, inline: true, sections: true })));
    assert.ok(reading.ok && reading.value.mainModule === 'x', JSON.stringify(reading));
  }
  const many = fromTexts('go1.22.5', 'build\ta=b\n'.repeat(100_000));
  assert.ok(!many.ok && many.reason === 'too-large', JSON.stringify(many));
  assert.match(many.detail, /more than 1000 lines of settings/);
  assert.ok(fromTexts('go1.22.5', 'build\ta=b\n'.repeat(budgets.buildSettings.maxLines)).ok);
});

test('what looks like a build info over and over is given up', () => {
  const magic = Buffer.from(' \xff Go buildinf: ', 'latin1'); // 16 bytes: one byte beside its place
  const right = Buffer.concat([Buffer.alloc(1600, magic), Buffer.alloc(16), magic.subarray(1)]); // behind a hundred of them
  const few = Buffer.concat([Buffer.alloc(160, magic), Buffer.alloc(16), magic.subarray(1)]);
  const find = (bytes: Buffer) =>
    findBlob({ positionIndependent: false, segments: [], buildInfo: { offset: 0, address: 0, size: bytes.length } }, () => bytes);
  assert.equal(find(few), 176);
  assert.equal(find(right), undefined);
});

test('a version with control characters is made visible', () => {
  const reading = parseBuildInfo(readerOf(tinyElf({ version: 'go1\x1b[31m', modules, inline: true, sections: true })));

  assert.ok(reading.ok && reading.value.goVersion === 'go1\\x1b[31m');
});

test('what is no Go program is unsupported: no ELF, 32 bits, big-endian, no blob, nothing at all', () => {
  const file = tinyElf({ version: 'go1.22.5', modules, inline: true, sections: true });
  const [narrow, big, plain] = [Buffer.from(file), Buffer.from(file), Buffer.from(file)];
  narrow[4] = 1;
  big[5] = 2;
  plain.fill(0, plain.indexOf('Go buildinf'), plain.indexOf('Go buildinf') + 8);

  for (const bytes of [narrow, big, plain, Buffer.from('#!/bin/sh\n'), Buffer.alloc(0), Buffer.alloc(64)]) {
    const reading = parseBuildInfo(readerOf(bytes));
    assert.equal(!reading.ok && reading.reason, 'unsupported');
  }
});

test('a file cut off anywhere is a gap or what could be read, never an exception', () => {
  const file = tinyElf({ version: 'go1.22.5', modules, inline: true, sections: false });
  for (let end = 0; end < file.length; end += 1) assert.equal(typeof parseBuildInfo(readerOf(file.subarray(0, end))).ok, 'boolean');
});

test('hostile: no sizes in the file make memgap crash or ask for much memory', () => {
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.boolean(),
      fc.array(fc.record({ at: fc.nat(), size: fc.constantFrom(1, 2, 4, 8), value: fc.bigInt(0n, 2n ** 64n - 1n) }), { maxLength: 6 }),
      (inline, sections, changes) => {
        const file = tinyElf({ version: 'go1.22.5', modules, inline, sections });
        for (const { at, size, value } of changes) {
          const place = at % (file.length - 8);
          for (let index = 0; index < size; index += 1) file[place + index] = Number((value >> BigInt(8 * index)) & 0xffn);
        }
        assert.equal(typeof parseBuildInfo(readerOf(file)).ok, 'boolean');
      },
    ),
    { numRuns: runs(2000) },
  );
});

test('a running program that is not of Go is unsupported, one that is gone is gone', async () => {
  const own = await buildInfo.read({ pid: process.pid, paths: here }, signal);
  const none = await buildInfo.read({ pid: noPid, paths: here }, signal);

  assert.equal(!own.ok && own.reason, 'unsupported');
  assert.equal(!none.ok && none.reason, 'gone');
});

test("another user's program is denied, and a kernel thread has none", async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root, to give up its rights');
  const pid = await start(t, '/bin/sleep', ['600']);
  const other = await asNobodyLater(() => buildInfo.read({ pid, paths: here }, signal));
  assert.ok(!other.ok && other.reason === 'denied');
  assert.match(other.detail, /exe: EACCES.*uid and gid/);

  if (!seesKernelThreads()) return t.skip('no kernel thread can be seen from this pid namespace');
  assert.ok(!(await buildInfo.read({ pid: 2, paths: here }, signal)).ok);
});

test('real programs: the lab of the oldest and the newest Go, pure and cgo', async (t) => {
  for (const name of ['go1.19-pure', 'go1.19-cgo', 'go-newest-pure', 'go-newest-cgo'] as const) {
    const lab = locateLab(name);
    if (!lab.ok) return t.skip(lab.detail);
    const { pid, stop } = await startLab(lab.value);
    t.after(stop);
    const reading = await buildInfo.read({ pid, paths: here }, signal);
    assert.ok(reading.ok, JSON.stringify(reading));
    assert.match(reading.value.goVersion, name.startsWith('go1.19') ? /^go1\.19/ : /^go1\.\d+/);
    assert.equal(reading.value.cgo, name.endsWith('cgo'), name);
  }
});
