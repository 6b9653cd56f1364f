import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { build, type Metafile } from 'esbuild';

const open = [
  'units',
  'reading',
  'snapshot',
  'model',
  'access',
  'untrusted',
  'version',
  'budgets',
  'deadline',
  'descriptors',
  'go-layouts',
  'tape',
];

/** Room -> what it may import at run time: rooms, `node:` (any of node's modules), one of node's modules, or packages by name. The table of ARCHITECTURE.md. */
const plan: Readonly<Record<string, readonly string[]>> = {
  units: [],
  reading: ['units'],
  snapshot: ['units', 'reading'],
  model: [], // pure, and types alone
  access: ['units', 'reading'],
  untrusted: [],
  version: [],
  budgets: [],
  components: [], // pure
  'go-layouts': [],
  deadline: ['node:'],
  descriptors: ['budgets', 'node:'],
  tape: ['reading'],
  ledger: ['units', 'reading', 'snapshot', 'budgets', 'go-layouts', 'components'], // pure
  causes: ['units', 'reading', 'snapshot', 'budgets', 'go-layouts', 'components', 'untrusted', 'ledger'], // pure
  explain: ['units', 'reading', 'snapshot', 'budgets', 'go-layouts', 'components', 'untrusted', 'ledger', 'causes', 'node:util'], // pure
  doctor: ['units', 'reading', 'snapshot', 'budgets', 'access', 'untrusted', 'ledger', 'node:util'], // pure
  loadtest: ['units', 'reading', 'snapshot', 'budgets', 'components', 'untrusted', 'ledger'], // pure
  engine: ['node:'],
  files: [...open, 'node:'],
  sources: [...open, 'files', 'node:', 'undici'],
  targets: [...open, 'files', 'sources', 'node:', 'undici'],
  reader: [...open, 'files', 'sources', 'node:'],
  config: [...open, 'engine', 'files', 'node:', 'yaml', 'valibot'],
  inject: ['untrusted', 'budgets', 'yaml'], // pure
  record: [...open, 'sources', 'node:', 'valibot'],
  history: ['causes'], // pure
  poll: [...open, 'targets', 'sources', 'ledger', 'node:'],
  watch: [...open, 'engine', 'targets', 'poll', 'history', 'ledger', 'causes', 'node:'],
  metrics: [...open, 'components', 'ledger', 'causes', 'node:', 'prom-client'],
  http: [...open, 'metrics', 'explain', 'config', 'node:', 'fastify'],
  cli: [
    ...open,
    'engine',
    'files',
    'config',
    'targets',
    'sources',
    'record',
    'poll',
    'watch',
    'history',
    'ledger',
    'causes',
    'explain',
    'doctor',
    'inject',
    'loadtest',
    'metrics',
    'http',
    'node:',
    'pino',
  ],
  main: ['cli', 'untrusted', 'node:'],
};

/** Only the command that serves may reach the HTTP room. */
const servesHttp = 'src/cli/serve.ts';

const root = join(import.meta.dirname ?? __dirname, '..');

function roomOf(path: string): string {
  return path.replace(/^src\//, '').replace(/\/.*|\.ts$/g, '');
}

/** Each file of src on its own, so that one which nothing imports is judged as well; esbuild sees every form of import. */
async function importsOf(folder: string): Promise<Metafile['inputs']> {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const entryPoints = names.map((name) => join(folder, name));
  const options = { bundle: true, write: false, outdir: 'none', platform: 'node', packages: 'external', metafile: true } as const;
  return (await build({ absWorkingDir: root, entryPoints, ...options })).metafile.inputs;
}

function broken(path: string, to: string, external: boolean): string | undefined {
  const allowed = plan[roomOf(path)];
  if (allowed === undefined) return `${path}: its room has no row in the floor plan`;
  const package_ = to.split('/').slice(0, to.startsWith('@') ? 2 : 1);
  const wanted = !external ? roomOf(to) : to.startsWith('node:') ? to : package_.join('/');
  if (wanted === 'http' && roomOf(path) === 'cli' && path !== servesHttp) return `${path} may not import ${to}: only cli/serve may`;
  if (wanted === roomOf(path) || allowed.includes(wanted) || (wanted.startsWith('node:') && allowed.includes('node:'))) return undefined;
  return `${path} may not import ${to}`;
}

test('every import follows the floor plan', async () => {
  const problems: string[] = [];
  for (const [path, { imports }] of Object.entries(await importsOf('src'))) {
    if (plan[roomOf(path)] === undefined) problems.push(`${path}: its room has no row in the floor plan`);
    for (const { path: to, external } of imports) {
      const problem = broken(path, to, external === true);
      if (problem !== undefined) problems.push(problem);
    }
  }
  assert.deepEqual(problems, []);
});

test('a folder without a row, a pure room that reads files and an upward import are all found', () => {
  assert.match(broken('src/attic/x.ts', 'node:fs', true) ?? '', /no row/);
  assert.match(broken('src/books/x.ts', 'node:fs', true) ?? '', /may not import/);
  assert.match(broken('src/kernel/x.ts', 'src/books/balance.ts', false) ?? '', /may not import/);
  assert.match(broken('src/cli/explain/explain.ts', 'src/serve/http/server.ts', false) ?? '', /only cli\/serve/);
  assert.equal(broken('src/kernel/go/x.ts', 'undici', true), undefined);
});

test('src holds nothing but rooms of the plan', () => {
  const rooms = readdirSync(join(root, 'src')).map((name) => name.replace(/\.ts$/, ''));
  assert.deepEqual(
    rooms.filter((room) => plan[room] === undefined),
    [],
  );
});
