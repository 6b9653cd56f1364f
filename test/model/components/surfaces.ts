import { alertsPage } from '../../../scripts/generate/alerts-page.ts';
import { dashboardFiles } from '../../../scripts/generate/dashboards.ts';
import { metricsDocument } from '../../../scripts/generate/metrics-page.ts';
import { rulesFile } from '../../../scripts/generate/rules.ts';
import { ledgerJson } from '../../../src/answer/document.ts';
import { explainHtml } from '../../../src/answer/html.ts';
import { explainText } from '../../../src/answer/text.ts';
import { ledgerOf } from '../../../src/books/ledger.ts';
import { series } from '../../../src/history/past.ts';
import { parseStatV2 } from '../../../src/kernel/cgroup/v2.ts';
import { judgeLoad } from '../../../src/loadtest/judge.ts';
import { measureOf } from '../../../src/loadtest/measure.ts';
import { verdictWords } from '../../../src/loadtest/words.ts';
import { found, type Reading } from '../../../src/model/reading.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';
import { bytes } from '../../../src/model/units.ts';
import { metricsPage } from '../../../src/serve/metrics/page.ts';
import { fullBook, fullSnapshot, stateOf } from '../../serve/metrics/states.ts';

// Prints every surface that lists components, as JSON. What each book has of a component that is not there today is given by the arguments:
// its name in memory.stat, and its name in the RSS book. Go's takes the place of mcache.

const [key = 'kernel_stack', owner = 'c_malloc'] = process.argv.slice(2);
const mib = 1024 ** 2;

/** A target in which that many MiB are in the component of the container and in that of the process. */
function ledgerWith(size: number) {
  const { cgroup, others } = fullSnapshot;
  const book = value(fullBook);
  const group = value(cgroup);
  const stat = parseStatV2(
    `anon ${8 * mib}\nfile ${mib}\nshmem 0\nkernel ${(size + 1) * mib}\nslab_reclaimable ${mib}\n${key} ${size * mib}\n`,
  );
  const levels = [{ ...group.levels[0], usage: bytes((size + 10) * mib), stat }] as const;
  const components = { ...book.value.components, [owner]: bytes(size * mib) };
  const total = bytes(book.value.unattributed + Object.values(components).reduce<number>((sum, part) => sum + part, 0));
  const snapshot: Snapshot = { ...fullSnapshot, cgroup: found({ ...group, levels }), others: found({ ...value(others), count: 0 }) };
  return ledgerOf(snapshot, found({ ...book, value: { ...book.value, components, total } }));
}

function value<T>(reading: Reading<T>): T {
  if (!reading.ok) throw new Error(reading.detail);
  return reading.value;
}

const ledger = ledgerWith(10);
const floors = [10, 20, 30, 40].map((size) => measureOf(ledgerWith(size)));
const phases = floors.map((measure, cycle) => {
  const name = cycle === 0 ? ('idle' as const) : ('after' as const);
  return { name, cycle, from: cycle, until: cycle + 1, samples: 1, collected: true, floors: measure, peaks: measure };
});
const page = await metricsPage({ targets: [{ ...stateOf(fullSnapshot), ledger }], self: undefined }, undefined);
console.log(
  JSON.stringify({
    metrics: page.body,
    text: explainText(ledger, { color: false }),
    html: explainHtml(ledger),
    json: ledgerJson(ledger),
    loadtest: verdictWords(judgeLoad(phases)).join('\n'),
    series: series.join(),
    dashboard: dashboardFiles.map(({ make }) => make()).join(''),
    rules: rulesFile(),
    alerts: alertsPage(),
    docs: metricsDocument(),
  }),
);
