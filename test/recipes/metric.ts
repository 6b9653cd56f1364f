// node --import tsx test/recipes/metric.ts: the recipe "A metric" of CONTRIBUTING.md, with one that is made up; what turns red where a step
// is forgotten.
import { carryOut } from './carry-out.ts';
import { tests } from './checks.ts';
import { generate, goldens, inChangelog } from './steps.ts';

const states = 'test/serve/metrics/states.ts';
const page = 'test/serve/metrics/page.test.ts';
const list = 'src/serve/metrics/cgroup.ts';
const entry = `  gauge('memgap_cgroup_made_up_bytes', 'file_mapped of memory.stat, made up.', (ledger) => own(ledger)?.stat.mappedFile),\n`;

carryOut({
  name: 'A metric',
  steps: [
    {
      what: 'an entry in a list of src/serve/metrics',
      apply: (copy) => copy.edit(list, "  gauge('memgap_cgroup_high_bytes'", `${entry}  gauge('memgap_cgroup_high_bytes'`),
      red: tests('test/surface.test.ts'), // the changelog then tells of what is not there
    },
    {
      what: 'a value in test/serve/metrics/states.ts',
      apply: (copy) =>
        copy.edit(states, '          refaultedFile: 4387,', '          refaultedFile: 4387,\n          mappedFile: bytes(36864),'),
      red: tests(page, 'strict reader'),
    },
    goldens(page),
    generate(),
    inChangelog('Metric `memgap_cgroup_made_up_bytes`'),
  ],
});
