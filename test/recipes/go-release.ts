// node --import tsx test/recipes/go-release.ts: the recipe "A new Go release" of CONTRIBUTING.md, for the newest Go, which the copy has
// forgotten before; what turns red where a step is forgotten. Needs the newest lab (make lab).
import { goLayouts } from '../../src/model/go-layouts.ts';
import { carryOut, type Step } from './carry-out.ts';
import { tests } from './checks.ts';
import type { Copy } from './copy.ts';

const table = 'src/model/go-layouts.ts';
const recorded = 'test/fixtures/go/layouts.txt';
const lab = '.cache/lab/go-newest-pure/lab';
const pages = 'test/fixtures/go/lab-1';
const red = tests('test/model/go-layouts.test.ts');

const newest = goLayouts.at(-1)?.minor ?? 0;
const former = newest - 1;

/** Where the releases are listed that the lab is built with: the former newest gets a name of its own. */
const lists = [
  { path: 'Makefile', entry: ` go1.${former}` },
  { path: 'test/programs.ts', entry: `'go1.${former}', ` },
  {
    path: 'scripts/toolchain.sh',
    entry: `go1.${former}          | trixie-backports   | 1.${former}.* | golang-1.${former}-go golang-1.${former}-src | goroot/bin/go version\n`,
  },
];

/** What is said to hold in all releases. */
const range = `1.19 to 1.${newest}`;
const said = [
  'docs/accuracy.md',
  'docs/how-it-works.md',
  'acceptance/accuracy.ts',
  'test/fixtures/go/README.md',
  'src/books/owners/classify.ts',
  'src/goruntime/endpoints/memstats-fields.ts',
  'src/goruntime/endpoints/pprof-index.ts',
  'src/goruntime/tables/chunk-list.ts',
];

const row = new RegExp(`^ {2}\\{ minor: ${newest}, .*\\n`, 'm');
let newestRow = '';
const kept = new Map<string, string>();

function forget(copy: Copy): void {
  newestRow = row.exec(copy.read(table))?.[0] ?? '';
  copy.write(table, copy.read(table).replace(row, ''));
  copy.write(
    recorded,
    copy.read(recorded).replaceAll(/ +\S+$/gm, (cell) => (cell.includes('...') ? cell : '')),
  );
  for (const { path, entry } of lists) copy.edit(path, entry, '');
  for (const kind of ['pure', 'cgo']) {
    for (const file of ['heap_debug1.txt', 'pprof_index.html', 'vars.json']) {
      const path = `${pages}.${newest}-${kind}/${file}`;
      kept.set(path, copy.read(path));
    }
    copy.remove(`${pages}.${newest}-${kind}`);
  }
  for (const path of said) copy.write(path, copy.read(path).replaceAll(range, `1.19 to 1.${former}`));
}

const named: readonly Step[] = lists.map(({ path, entry }) => ({
  what: `the former newest in ${path}`,
  apply: (copy) => copy.edit(path, ...around(path, entry)),
  red,
}));

/** Behind what it comes after. */
function around(path: string, entry: string): readonly [from: string, to: string] {
  if (path === 'Makefile') return [' go-newest\n\n.PHONY: help', `${entry} go-newest\n\n.PHONY: help`];
  if (path === 'test/programs.ts') return ["'go-newest'] as const;", `${entry}'go-newest'] as const;`];
  return ['prometheus-2.53 | trixie', `${entry}prometheus-2.53 | trixie`];
}

carryOut({
  name: 'A new Go release',
  before: forget,
  steps: [
    {
      what: 'its row in src/model/go-layouts.ts',
      apply: (copy) => copy.edit(table, '];\n\n/** A release of Go', `${newestRow}];\n\n/** A release of Go`),
      red,
    },
    {
      what: `node --import tsx scripts/go-layouts.ts ${lab}`,
      apply: (copy) => {
        const { status, output } = copy.run(process.execPath, ['--import', 'tsx', 'scripts/go-layouts.ts', lab]);
        if (status !== 0) throw new Error(output.slice(0, 200));
      },
      red,
    },
    ...named,
    {
      what: 'node --import tsx scripts/lab-pages.ts go-newest', // here the pages that are there: a lab's are not the same twice
      apply: (copy) => {
        for (const [path, text] of kept) copy.write(path, text);
      },
      red,
    },
    ...said.map((path) => ({
      what: `what ${path} says of all releases`,
      apply: (copy: Copy) => copy.write(path, copy.read(path).replaceAll(`1.19 to 1.${former}`, range)),
      red,
    })),
  ],
});
