import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { parseSync } from 'oxc-parser';

const root = join(import.meta.dirname ?? __dirname, '..');
const src = join(root, 'src');

/** Room -> what it may import: rooms, `node:` (any of node's modules), one of node's modules, or packages by name. */
type Plan = ReadonlyMap<string, readonly string[]>;

interface Import {
  /** The file, and what it imports: a path below src, or the name of a module. */
  readonly from: string;
  readonly to: string;
}

/**
 * The table of ARCHITECTURE.md: what stands in backticks in its first column is a room, in its last one what that may import; `base` is
 * what its row says.
 */
function planOf(markdown: string): Plan {
  const table = /^## Rooms$(.*?)^## /ms.exec(markdown)?.[1] ?? '';
  const plan = new Map<string, readonly string[]>();
  for (const line of table.split('\n')) {
    const cells = line.split('|').map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
    if (!line.startsWith('| `')) continue;
    const allowed = (cells.at(-2) ?? []).flatMap((name) => (name === 'base' ? (plan.get('base') ?? []) : [name]));
    for (const room of cells[1] ?? []) plan.set(room, allowed);
  }
  return plan;
}

const plan = planOf(readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8'));

/** The room of a path below src: the longest one of the plan that it lies in. */
function roomOf(path: string): string | undefined {
  const parts = path.replace(/\.ts$/, '').split('/');
  for (let length = parts.length; length > 0; length -= 1) {
    const name = parts.slice(0, length).join('/');
    if (name !== 'base' && plan.has(name)) return name;
  }
  return undefined;
}

/** Every import and re-export of a text, of types as well, and each `import()` of a literal. */
function importsOf(from: string, text: string): readonly Import[] {
  const { module, errors } = parseSync(from, text);
  assert.deepEqual(errors, [], from);
  const specifiers = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) => entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? [])),
    ...module.dynamicImports.map(({ moduleRequest: { start, end } }) => text.slice(start + 1, end - 1)),
  ];
  const isOwn = (specifier: string) => specifier.startsWith('.');
  return specifiers.map((each) => ({ from, to: isOwn(each) ? relative(src, resolve(src, dirname(from), each)) : each }));
}

/** Why an import breaks the plan; `undefined` where it does not. */
function broken({ from, to }: Import): string | undefined {
  const room = roomOf(from);
  if (room === undefined) return `${from}: its room has no row in ARCHITECTURE.md`;
  const allowed = plan.get(room) ?? [];
  const isFile = to.endsWith('.ts');
  const package_ = to.split('/').slice(0, to.startsWith('@') ? 2 : 1);
  const wanted = isFile ? roomOf(to) : to.startsWith('node:') ? to : package_.join('/');
  if (wanted === undefined) return `${from} imports ${to}, whose room has no row in ARCHITECTURE.md`;
  if (wanted === room || allowed.includes(wanted) || (wanted.startsWith('node:') && allowed.includes('node:'))) return undefined;
  return `${from} may not import ${to}`;
}

/** The first circle of a graph, from a node to itself; `undefined` where there is none. */
function circleOf(edges: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] | undefined {
  const state = new Map<string, 'open' | 'done'>();
  const path: string[] = [];
  const visit = (node: string): readonly string[] | undefined => {
    if (state.get(node) === 'done') return undefined;
    if (state.get(node) === 'open') return [...path.slice(path.indexOf(node)), node];
    state.set(node, 'open');
    path.push(node);
    for (const next of edges.get(node) ?? []) {
      const circle = visit(next);
      if (circle !== undefined) return circle;
    }
    path.pop();
    state.set(node, 'done');
    return undefined;
  };
  for (const node of edges.keys()) {
    const circle = visit(node);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

function graphOf(pairs: ReadonlyArray<readonly [string, string]>): ReadonlyMap<string, ReadonlySet<string>> {
  const edges = new Map<string, Set<string>>();
  for (const [from, to] of pairs) if (from !== to) edges.set(from, (edges.get(from) ?? new Set()).add(to));
  return edges;
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const imports = files.flatMap((file) => importsOf(file, readFileSync(join(src, file), 'utf8')));

test('every import follows the floor plan, those of types too', () => {
  assert.ok(imports.length > 2000, `${imports.length} imports: something was not parsed`);
  assert.deepEqual(
    imports.map(broken).filter((problem) => problem !== undefined),
    [],
  );
});

test('no two files import each other by any way round, and no two rooms may', () => {
  assert.equal(circleOf(graphOf(imports.filter(({ to }) => to.endsWith('.ts')).map(({ from, to }) => [from, to]))), undefined);
  const rooms = [...plan].filter(([room]) => room !== 'base');
  assert.equal(circleOf(graphOf(rooms.flatMap(([room, allowed]) => allowed.map((to) => [room, to] as const)))), undefined);
});

test('only the command that serves may reach the HTTP room: no other brings fastify with it', () => {
  const reaching = imports.filter(({ from, to }) => from.startsWith('cli/') && to.startsWith('serve/http/')).map(({ from }) => from);
  assert.deepEqual([...new Set(reaching)].toSorted(), ['cli/serve.ts']);
});

test('what a row allows and nothing uses is not in it', () => {
  const used = new Set(imports.map(({ from, to }) => `${roomOf(from)} ${to.endsWith('.ts') ? roomOf(to) : to.split('/')[0]}`));
  const base = new Set(plan.get('base'));
  const idle = [...plan].flatMap(([room, allowed]) =>
    allowed.filter((to) => room !== 'base' && !base.has(to) && to !== 'node:' && !used.has(`${room} ${to}`)).map((to) => `${room}: ${to}`),
  );
  assert.deepEqual(idle, []);
});

test('src holds nothing but rooms of the table, and the table no room that is not there', () => {
  assert.deepEqual(
    files.filter((file) => roomOf(file) === undefined),
    [],
  );
  const gone = [...plan.keys()].filter((room) => room !== 'base' && !existsSync(join(src, room)) && !existsSync(join(src, `${room}.ts`)));
  assert.deepEqual(gone, []);
});

test('a folder without a row, a pure room that reads files, an upward import and one of a type alone are all found', () => {
  const [first, ...rest] = importsOf(
    'kernel/x.ts',
    "import type { Ledger } from '../books/ledger.ts';\nexport { y } from './y.ts';\nawait import('undici');\n",
  );
  assert.match(broken(first ?? { from: '', to: '' }) ?? '', /kernel\/x.ts may not import books\/ledger.ts/);
  assert.deepEqual(rest.map(({ to }) => to).sort(), ['kernel/y.ts', 'undici']);
  assert.match(broken({ from: 'attic/x.ts', to: 'node:fs' }) ?? '', /no row/);
  assert.match(broken({ from: 'books/x.ts', to: 'node:fs' }) ?? '', /may not import/);
  assert.match(broken({ from: 'answer/text.ts', to: 'serve/http/server.ts' }) ?? '', /may not import/);
  assert.equal(broken({ from: 'net/x.ts', to: 'undici' }), undefined);
  assert.deepEqual(circleOf(graphOf([['a', 'b'], ['b', 'c'], ['c', 'a']])), ['a', 'b', 'c', 'a']); // biome-ignore format: a drawing
});
