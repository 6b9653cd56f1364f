import { existsSync, readFileSync } from 'node:fs';
import { accounts } from '../rules/accounts.ts';
import { groups } from '../rules/index.ts';
import { linksCommand } from '../rules/links.ts';
import { isAlerting } from '../rules/rule.ts';

/** What a person needs to know of an alert beside its rule: what it means, what to do, and when not to mind. */
const meanings: Readonly<Record<string, string>> = {
  MemgapGrowth: `The floor of an account, its lowest value in 6 h, rose in three windows running, each time by at least 2 % of the resident set and 6 MiB, does not
slow down (the last rise is over 0.6 of the mean of the two before), and this has held for 2 h in a process that is older than 26 h.

* **Do**: the label \`account\` says what grows, and the runbook of its cause what to do. \`account="unexplained"\` is all that Go does not explain: it comes with a second
  account that says whose it is, where memgap may read the mappings; else give it that right (\`memgap doctor\`).
* **Don't mind**: a cache that is known to fill for more than a day.
* **Misses**: a leak of less than 1 MiB an hour, or 2 % of the resident set in 6 h; a leak below a larger daily wave (\`MemgapGrowthDayOverDay\`), and one that restarts before 26 h (\`MemgapGrowthThatRestarts\`).`,
  MemgapGrowthDayOverDay: `The 6 h floor is higher than 24 h ago, which was higher than 24 h before; each time by 2 % of the resident set and 24 MiB, and this has held for 8 h. The same time of day is compared,
so a daily wave cancels out.

* **Do**: as for \`MemgapGrowth\`.
* **Don't mind**: a week that begins after a quiet weekend; the third working day ends it.`,
  MemgapMemoryExhaustionSoon: `What cannot be reclaimed rose in each of the last four hours, and at that pace the limit is reached within 12 h (warning) or 2 h (critical). It is no trend alone: less than 15 %
(warning) or 10 % (critical) of the limit are left.

* **Do**: \`memgap explain\` names what holds the memory. To gain time: raise the limit, or restart when it suits you rather than the kernel.
* **Don't mind**: a warm-up or a daily peak that is known to end just below its limit; give it a larger one.`,
  MemgapGrowthThatRestarts: `The process restarted at least twice in a day, and its floor rose in most of the hours between: as in an OOM loop. Found from three hours a life.

* **Do**: find out why it restarts (\`kubectl describe pod\`: OOMKilled?), then at the growing components of a life that is some hours old: \`memgap explain\`.
* **Don't mind**: several deploys a day of a program that warms up slowly.`,
  MemgapGoroutineGrowth: `The least number of goroutines in 6 h rose three times running, each time by 2 % and 50. Each holds a stack, and what it refers to.

* **Do**: the goroutine profile, grouped by stack, shows where they wait.
* **Don't mind**: a server whose connections live for days and still become more.`,
  MemgapLimitWithoutHeadroom: `The cause \`limit_without_headroom\` has held for an hour: between GOMEMLIMIT and the container's limit is less room than what is not Go's needs,
or none is set and little is left.

* **Do**: \`memgap explain\` says which GOMEMLIMIT fits.
* **Don't mind**: nothing; the kernel kills without asking Go to collect.`,
  MemgapPageCacheThrashing: `The cause \`page_cache_thrashing\` has held for ten minutes: the limit has no room for the files that the program uses, its own code among them.
They are read from the disk again and again, everything is slow, and nothing is killed.

* **Do**: raise the limit until \`memgap_cgroup_file_refaults_total\` stands still.
* **Don't mind**: a backup or a compaction that reads more than any limit could hold.`,
  MemgapUnattributedShareHigh: `More than 5 % of the resident set, and 16 MiB, have had no owner for an hour. That is a shortcoming of memgap.

* **Do**: report it with the output of \`memgap explain --json\`.
* **Don't mind**: your program has no part in it.`,
  MemgapTargetDown: `For ten minutes neither Go's numbers nor the resident set of a target could be read that had been there before.

* **Do**: is the process running? \`memgap doctor\` says why it can't be read.
* **Don't mind**: a job that has ended. A memgap that is gone itself shows as \`up == 0\` of its job in Prometheus, which is for the rules that you have for all jobs.`,
  MemgapSourceDown: `A source has failed for half an hour, so a part of the numbers is missing; the others are not touched by it.

* **Do**: \`memgap doctor\` gives the line that mends it, \`/explain\` the reason.
* **Don't mind**: a right that you withhold on purpose; silence it for that source.`,
};

/** docs/alerts.md, from the rules, the text above, and what the bench found. */
export function alertsPage(): string {
  const rules = groups.flatMap((group) => group.rules).filter(isAlerting);
  const names = [...new Set(rules.map(({ alert }) => alert))];
  const sections = names.map((name) => {
    const severities = [...new Set(rules.filter(({ alert }) => alert === name).map(({ labels }) => labels.severity))];
    return `## ${name}\n\nSeverity: ${severities.join(', ')}. ${meanings[name] ?? ''}`;
  });
  const parts = [preface.trim(), ...sections, accountsText(), benchText()];
  return `${parts.join('\n\n')}\n`;
}

function accountsText(): string {
  const rows = accounts.map(({ name, metric, component, cause }) => {
    const series = component === undefined ? metric : `${metric}{component="${component}"}`;
    return `| \`${name}\` | \`${series}\` | ${cause === undefined ? '-' : `[${cause}](causes/${cause}.md)`} |`;
  });
  return ['## The accounts', '', '| account | series | runbook |', '|---|---|---|', ...rows].join('\n');
}

function benchText(): string {
  const file = new URL('../../acceptance/alerts/result.md', import.meta.url);
  return `## How well they do\n\n${bench.trim()}\n\n${existsSync(file) ? readFileSync(file, 'utf8').trim() : 'Not measured yet.'}`;
}

const preface = `
# Alerts

<!-- Generated by \`npm run generate\` from scripts/rules and scripts/generate/alerts-page.ts. -->

The rules are in [memgap.rules.yml](../deploy/prometheus/memgap.rules.yml), for \`rule_files\` of Prometheus 2.42 and newer, and the same as a
[PrometheusRule](../deploy/kubernetes/components/rules/prometheusrule.yaml) for the Prometheus Operator. They suit sidecars, the DaemonSet and bare hosts alike.

* Growth is judged by **floors**: \`min_over_time\` is what stays when load and garbage have gone. A plateau raises it once, a leak in every window. A derivative sees a leak in
  every load, and a resident set that stays high after one is no leak: so what grows is an account (the table below), never the resident set.
* A trend alone never pages: \`critical\` is given only where little memory is left, too. \`warning\` is for working hours, \`info\` for whoever reads it.
* Growth is judged where memgap knows the start of the process and its resident set: beside the target, or from the target's own \`/metrics\`; pprof alone does not tell them.
* \`runbook_url\` leads to \`https://memgap.example/docs\`, and \`dashboard_url\` is a path below Grafana's root. Serve both where you like, and put that into the
  rules, the PrometheusRule and the dashboards by

  \`\`\`sh
${linksCommand.replaceAll(/^/gm, '  ')}
  \`\`\`
`;

const bench = `
Made by \`node --import tsx acceptance/alerts.ts\`: series of the kinds that healthy programs and leaks show, seeded, go into a real Prometheus; the recording rules are evaluated over
their time by promtool, and the alerts by range queries, with their \`for\`. The kinds were committed before there was a rule, the rules were tuned on seeds 1 to 3
and frozen, and then these seeds were tried, once. The limit of a benign series is 1.3 times its peak; that of a leak is reached after two days. The first three rows are rules that people copy.
MemgapGrowthThatRestarts is for leaks that restart, of which most series have none. predict_linear also judges the first hour of a series, as it would that of a new target.
The shapes are drawn by rule, not recorded: what real programs do may be harder. The stories of the rule tests (\`deploy/prometheus/tests\`) are judged apart.
`;
