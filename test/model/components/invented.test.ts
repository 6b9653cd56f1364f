import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '../../..');
const copy = mkdtempSync(join(tmpdir(), 'memgap-components-'));
after(() => rmSync(copy, { recursive: true, force: true }));
for (const path of [
  'src',
  'scripts',
  'acceptance/alerts',
  'test/model/components',
  'test/serve/metrics',
  'test/causes/books.ts',
  'test/snapshots.ts',
  'package.json',
  'tsconfig.json',
]) {
  cpSync(join(root, path), join(copy, path), { recursive: true });
}
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));

/** A row of each book that can leak: its name, and the table's line that it is put before. */
const invented = [
  { table: 'go', name: 'invented_go', before: '  mcache: {', within: "within: 'metadata'," },
  { table: 'rss', name: 'invented_owner', before: '  c_malloc: {', within: '' },
  { table: 'cgroup', name: 'invented_kernel', before: '  vmalloc: {', within: "within: 'kernel'," },
] as const;

function edit(path: string, from: string, to: string): void {
  const file = join(copy, path);
  const text = readFileSync(file, 'utf8');
  assert.ok(text.includes(from), `${path} has no ${from}`);
  writeFileSync(file, text.replace(from, to));
}

/** The compiler's complaints about the books and the parsers of memory.stat, by file. */
function complaints(): readonly string[] {
  const files = ['src/books/ledger.ts', 'src/kernel/cgroup/v1.ts', 'src/kernel/cgroup/v2.ts'];
  writeFileSync(join(copy, 'tsconfig.books.json'), JSON.stringify({ extends: './tsconfig.json', include: [], files }));
  const { stdout } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.books.json'], { cwd: copy, encoding: 'utf8' });
  return [...new Set([...stdout.matchAll(/^(\S+?)\(\d+,\d+\): error/gm)].map(([, file = '']) => file))].toSorted();
}

test('a component that stands in a table alone breaks the build, in the book that has to fill it and for each', () => {
  for (const { table, name, before, within } of invented) {
    const row = `label: 'label of ${name}', source: 'source of ${name}', ${within} growth: 'leak', color: '#123456',`;
    edit(`src/model/components/${table}.ts`, before, `  ${name}: { ${row} alert: { title: 'Title of ${name}' } },\n${before}`);
  }
  assert.deepEqual(complaints(), ['src/books/cgroup.ts', 'src/books/go.ts', 'src/books/owners/share/share.ts']);

  // a new line of memory.stat is a field that both parsers are asked for
  edit(
    'src/model/cgroup.ts',
    '  readonly vmalloc: Bytes | undefined;',
    '  readonly vmalloc: Bytes | undefined;\n  readonly invented: Bytes | undefined;',
  );
  edit('src/books/cgroup.ts', '    vmalloc: stat.vmalloc,', '    vmalloc: stat.vmalloc,\n    invented_kernel: stat.invented,');
  edit('src/books/go.ts', '    mcache: m.mcacheSys,', '    mcache: bytes(0),\n    invented_go: m.mcacheSys,');
  edit(
    'src/books/owners/share/share.ts',
    "    c_malloc: bytes(sum('c_malloc')),",
    "    c_malloc: bytes(sum('c_malloc')),\n    invented_owner: bytes(sum('invented_owner')),",
  );
  assert.deepEqual(complaints(), ['src/kernel/cgroup/v1.ts', 'src/kernel/cgroup/v2.ts']);
  edit('src/kernel/cgroup/v1.ts', '    vmalloc: undefined,', '    vmalloc: undefined,\n    invented: undefined,');
  edit('src/kernel/cgroup/v2.ts', "    vmalloc: of('vmalloc'),", "    vmalloc: of('vmalloc'),\n    invented: of('invented'),");
});

test('once its book fills it, every surface shows it', async () => {
  const outfile = join(copy, 'surfaces.mjs');
  await build({
    absWorkingDir: copy,
    entryPoints: ['test/model/components/surfaces.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
  });
  const surfaces = JSON.parse(execFileSync(process.execPath, [outfile, 'invented', 'invented_owner'], { cwd: copy, encoding: 'utf8' }));
  const has = (surface: string, ...texts: readonly string[]) => {
    for (const text of texts) assert.ok(surfaces[surface].includes(text), `${surface} has no ${text}`);
  };
  for (const { table, name } of invented) {
    has('metrics', `component="${name}"`);
    has('json', `"${name}": `);
    has('rules', `account: ${table}_${name}`, `Title of ${name} of {{ $labels.target }} grows without end`);
    has('alerts', `\`${table}_${name}\``);
    has('dashboard', `"options": "${name}"`);
    has('docs', `\`${name}\``, `label of ${name}`, `source of ${name}`);
  }
  assert.equal(surfaces.dashboard.split('#123456').length - 1, invented.length, 'each has its color in the charts');
  // within the kernel, and within Go's metadata, parts stand in the source of one line
  for (const surface of ['text', 'html'])
    has(surface, 'label of invented_owner', 'label of invented_kernel 10.0 MiB', 'source of invented_go');
  assert.match(surfaces.loadtest, /^LEAK: .*\ngrew: .*\binvented_owner 10\.0 MiB a cycle/s);
  has('loadtest', 'cgroup_invented_kernel 10.0 MiB a cycle');
  assert.ok(surfaces.series.split(',').includes('invented_owner'), 'what can leak is kept in the history');
  // 10 MiB are counted once: the kernel has no more than it was told, and nothing is left over
  const { cgroup } = JSON.parse(surfaces.json);
  assert.deepEqual([cgroup.components.invented_kernel, cgroup.components.kernel_other, cgroup.unattributed], [10 * 1024 ** 2, 0, 0]);
});
