// node --import tsx test/recipes/memory-stat-key.ts: the recipe "A component of a book" of CONTRIBUTING.md, with one that is made up; what
// turns red where a step is forgotten.
import { carryOut } from './carry-out.ts';
import { tests, types } from './checks.ts';
import { generate, goldens, inChangelog } from './steps.ts';

const model = 'src/model/cgroup.ts';
const v2 = 'src/kernel/cgroup/v2.ts';
const v1 = 'src/kernel/cgroup/v1.ts';
const table = 'src/model/components/cgroup.ts';
const book = 'src/books/cgroup.ts';
const states = 'test/serve/metrics/states.ts';
const madeStats = ['test/snapshots.ts', 'test/books/books.test.ts', 'test/serve/metrics/page.property.test.ts'];
const recording = 'test/fixtures/cgroup/v2-7.2/anon/memory.stat';

carryOut({
  name: 'A component of a book, a key of memory.stat',
  steps: [
    {
      what: 'its field of CgroupStat in src/model/cgroup.ts',
      apply: (copy) =>
        copy.edit(
          model,
          '  readonly vmalloc: Bytes | undefined;\n',
          '  readonly vmalloc: Bytes | undefined;\n  readonly madeUp: Bytes | undefined;\n',
        ),
      red: types,
    },
    {
      what: 'its key in src/kernel/cgroup/v2.ts',
      apply: (copy) => copy.edit(v2, "    vmalloc: of('vmalloc'),\n", "    vmalloc: of('vmalloc'),\n    madeUp: of('made_up'),\n"),
      red: types,
    },
    {
      what: 'its key in src/kernel/cgroup/v1.ts, or none',
      apply: (copy) => copy.edit(v1, '    vmalloc: undefined,\n', '    vmalloc: undefined,\n    madeUp: undefined,\n'),
      red: types,
    },
    {
      what: 'a recorded memory.stat that has it',
      apply: (copy) => copy.write(recording, `${copy.read(recording)}made_up 0\n`),
      red: tests('test/kernel/cgroup/numbers.test.ts'),
    },
    {
      what: 'its row in src/model/components/cgroup.ts',
      apply: (copy) =>
        copy.edit(
          table,
          '  vmalloc: {\n',
          "  made_up: {\n    label: 'made up',\n    source: 'memory.stat made_up',\n    within: 'kernel',\n    growth: 'neutral',\n    color: '#123456',\n  },\n  vmalloc: {\n",
        ),
      red: types,
    },
    {
      what: 'its part in src/books/cgroup.ts',
      apply: (copy) => copy.edit(book, '    vmalloc: stat.vmalloc,\n', '    vmalloc: stat.vmalloc,\n    made_up: stat.madeUp,\n'),
      red: types,
    },
    {
      what: 'a figure in test/serve/metrics/states.ts',
      apply: (copy) =>
        copy.edit(states, '          vmalloc: bytes(8192),\n', '          vmalloc: bytes(8192),\n          madeUp: bytes(4096),\n'),
      red: types,
    },
    {
      what: 'the field in what other tests make up',
      apply: (copy) => {
        for (const path of madeStats) copy.write(path, copy.read(path).replace(/^( +)hugetlb: (.*)\n/m, '$1hugetlb: $2\n$1madeUp: $2\n'));
      },
      red: types,
    },
    goldens('test/serve/metrics/page.test.ts'),
    generate(),
    inChangelog('Component `made_up` of the container'),
  ],
});
