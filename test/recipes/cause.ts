// node --import tsx test/recipes/cause.ts: the recipe "A cause" of CONTRIBUTING.md, with one that is made up; what turns red where a step
// is forgotten.
import { carryOut } from './carry-out.ts';
import { deadCode, tests, types } from './checks.ts';
import { generate, inChangelog } from './steps.ts';

const source = 'src/causes/go/made-up.ts';
const list = 'src/causes/index.ts';
const proofs = 'acceptance/causes/proofs.ts';
const accuracy = 'docs/causes/accuracy.md';
const threads = 'test/causes/threads.test.ts';
const gaps = 'test/causes/gaps.test.ts';
const remedies = 'test/remedies/table.ts';
const trial = 'test/remedies/limits.test.ts';
const runbook = 'docs/causes/made_up.md';
const runbooks = 'docs/causes/README.md';

const cause = `import { found } from '../../model/reading.ts';
import { formatBytes } from '../../model/units.ts';
import { type Cause, inactive, size } from '../engine/cause.ts';

const most = 2 ** 40;

/** Made up. Of context: it claims nothing. */
export const madeUp: Cause = {
  name: 'made_up',
  title: 'made up',
  claims: [],
  judge({ ledger: { snapshot } }) {
    if (!snapshot.limits.ok) return snapshot.limits;
    const { stack } = snapshot.limits.value;
    if (stack === undefined || stack < most) return inactive;
    const evidence = [size('limit of a stack', stack, 'limits, Max stack size')];
    return found({ evidence, summary: \`A stack may have \${formatBytes(stack)}.\`, next: 'ulimit -s 8192' });
  },
};
`;

carryOut({
  name: 'A cause',
  steps: [
    { what: 'its file in src/causes', apply: (copy) => copy.write(source, cause), red: types },
    {
      what: 'its name in src/causes/index.ts',
      apply: (copy) => {
        copy.edit(list, 'import { mappedFiles }', "import { madeUp } from './go/made-up.ts';\nimport { mappedFiles }");
        copy.edit(list, '  virtualSize,\n]', '  virtualSize,\n  madeUp,\n]');
      },
      red: deadCode,
    },
    {
      what: 'its proof in acceptance/causes/proofs.ts',
      apply: (copy) =>
        copy.edit(
          proofs,
          "  { name: 'live heap', ",
          "  { name: 'made up', cause: 'made_up', lab: 'go-newest-pure', make: grown(1) },\n  { name: 'live heap', ",
        ),
      red: tests('test/causes/proofs.test.ts', 'every cause that can be made here has a proof'),
    },
    {
      what: 'make causes',
      apply: (copy) =>
        copy.write(accuracy, copy.read(accuracy).replace('\n| live heap  ', '\n| made up | go-newest-pure | made_up |\n| live heap  ')),
      red: tests('test/acceptance/causes-tables.test.ts'),
    },
    {
      what: 'the numbers of its thread in test/causes/threads.test.ts',
      apply: (copy) =>
        copy.write(
          threads,
          `${copy.read(threads)}\ntest('made up', () => assert.equal(reasonOf(verdictsOf({}), 'made_up'), 'disabled'));\n`,
        ),
      red: tests('test/causes/thread-numbers.test.ts'),
    },
    {
      what: 'what it needs in test/causes/gaps.test.ts',
      apply: (copy) => copy.edit(gaps, "  openFiles: ['send_queues'", "  limits: ['made_up'],\n  openFiles: ['send_queues'"),
      red: tests(gaps),
    },
    {
      what: 'a row for each remedy in test/remedies/table.ts',
      apply: (copy) =>
        copy.edit(
          remedies,
          "  'right size': [\n",
          "  made_up: [carriedOut('ulimit -s 8192', 'limits', 'made_up: ulimit -s 8192')],\n  'right size': [\n",
        ),
      red: tests('test/causes/remedies.test.ts'),
    },
    {
      what: 'the test that carries the remedy out',
      apply: (copy) => copy.write(trial, `${copy.read(trial)}\ntest('made_up: ulimit -s 8192', () => {});\n`),
      red: tests('test/causes/remedies.test.ts'),
    },
    {
      what: 'its runbook',
      apply: (copy) =>
        copy.write(
          runbook,
          '# `made_up`: made up\n\nx\n\n## How memgap knows\n\nx\n\n## What to do\n\n`ulimit -s 8192`\n\n## When to ignore it\n\nx\n\n## Where it was found\n\nx\n',
        ),
      red: tests('test/docs/runbooks.test.ts'),
    },
    {
      what: 'its runbook in docs/causes/README.md',
      apply: (copy) => copy.write(runbooks, `${copy.read(runbooks)}| [\`made_up\`](made_up.md) | made up |\n`),
      red: tests('test/docs/runbooks.test.ts'),
    },
    generate(),
    inChangelog('Cause `made_up`'),
  ],
});
