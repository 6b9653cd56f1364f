import type { Ledger } from '../books/ledger.ts';
import type { SourceLoss } from '../model/access.ts';
import type { Missing } from '../model/reading.ts';
import type { SourceOutcome } from '../model/snapshot.ts';
import type { Check, CheckName, Remedy } from './check.ts';
import { type AccessFacts, checksOf } from './checks.ts';
import { endpointRemedy } from './endpoint.ts';
import { rightRemedies } from './rights.ts';
import { sightRemedies } from './sight.ts';

/** How one source did, and what that means. */
export type SourceFinding =
  | { readonly source: string; readonly state: 'readable' }
  | {
      readonly source: string;
      /** `absent`: this kernel or program does not have it, and nothing was asked for that is not given. */
      readonly state: 'lost' | 'absent';
      readonly reason: Missing;
      readonly detail: string;
      readonly checks: readonly Check[];
      readonly lost: string;
      readonly families: readonly string[];
    };

/** A remedy, and the sources that it opens, or helps to. */
export interface Advice extends Remedy {
  readonly sources: readonly string[];
}

/** What memgap can read of one target, and what it takes to read the rest. */
export interface Diagnosis {
  readonly target: string;
  readonly facts: AccessFacts;
  readonly rungs: readonly Rung[];
  readonly findings: readonly SourceFinding[];
  readonly advice: readonly Advice[];
  /** What was not asked for, as one clause each. */
  readonly notAsked: readonly string[];
}

/** What was asked for, and what each source came to: those of the snapshot, and those that it had no need of. */
export interface Examination {
  readonly target: string;
  readonly ledger: Ledger;
  readonly outcomes: Readonly<Record<string, SourceOutcome>>;
  /** What goes missing without each source, by its name. */
  readonly losses: Readonly<Record<string, SourceLoss>>;
  readonly facts: AccessFacts;
  readonly asked: { readonly go: boolean; readonly process: boolean; readonly memoryReads: boolean };
}

/** Pure: from what was read, and what anybody may know of the two processes, to why and to what to do. */
export function diagnose({ target, ledger, outcomes, losses, facts, asked }: Examination): Diagnosis {
  const findings = Object.entries(outcomes).map(([source, outcome]) =>
    findingOf(source, outcome, losses[source] ?? { needs: 'sight', lost: source, families: [] }, facts),
  );
  return { target, facts, rungs: rungsOf(ledger), findings, advice: adviceOn(findings, facts), notAsked: notAsked(asked) };
}

/** Whether all that was asked for can be read: what the exit status says. */
export function isWhole({ findings }: Diagnosis): boolean {
  return findings.every(({ state }) => state !== 'lost');
}

function findingOf(source: string, outcome: SourceOutcome, { needs, lost, families }: SourceLoss, facts: AccessFacts): SourceFinding {
  if (outcome.ok) return { source, state: 'readable' };
  const { reason, detail } = outcome;
  // an address was asked for; nobody asked this kernel for a cgroup, or this program for being Go's
  const state = reason === 'unsupported' && needs !== 'endpoint' ? 'absent' : 'lost';
  return { source, state, reason, detail, lost, families, checks: checksOf({ source, reason, detail }, needs, facts) };
}

function adviceOn(findings: readonly SourceFinding[], facts: AccessFacts): readonly Advice[] {
  const failed = new Map<CheckName, string[]>();
  const addresses = new Map<string, Advice>();
  for (const finding of findings) {
    if (finding.state === 'readable') continue;
    for (const { name } of finding.checks) failed.set(name, [...(failed.get(name) ?? []), finding.source]);
    const remedy = finding.checks.some(({ name }) => name === 'endpoint') ? endpointRemedy(finding, facts.addresses) : undefined;
    if (remedy === undefined) continue;
    const { sources = [] } = addresses.get(remedy.name) ?? {};
    addresses.set(remedy.name, { ...remedy, sources: [...sources, finding.source] });
  }
  const names = new Set(failed.keys());
  const others = [...sightRemedies(names, facts), ...rightRemedies(names, facts)].map((remedy) => {
    const sources = new Set(remedy.mends.flatMap((name) => failed.get(name) ?? []));
    return { ...remedy, sources: [...sources] };
  });
  return [...others, ...addresses.values()];
}

function notAsked({ go, process, memoryReads }: Examination['asked']): readonly string[] {
  const list: string[] = [];
  if (!go) list.push("Go's own numbers: give --target.pprof, --target.expvar or --target.metrics, or let memory be read");
  if (!process) list.push('the process and its container: give --target.exe, --target.port, --target.pid or --target.cgroup');
  if (!memoryReads) list.push("the target's memory: --process.memory-reads is off");
  return list;
}

/** The rungs, lowest first: each one tells more of the memory, and most need more rights than the one before. */
export const rungs = ['go', 'status', 'cgroup', 'smaps_rollup', 'smaps', 'mem'] as const;

/** One of them. */
export type Rung = (typeof rungs)[number];

/** Which rungs a snapshot stands on. `mem` counts once something was read there, which takes `--process.memory-reads`. Pure. */
export function rungsOf({ snapshot, go, mapped, cgroup }: Ledger): readonly Rung[] {
  const { status, rollup, sources } = snapshot;
  const reached = {
    go: go.ok,
    status: status.ok,
    cgroup: cgroup.ok,
    smaps_rollup: rollup.ok,
    smaps: mapped.ok,
    mem: sources.runtime_memory?.ok === true || sources.malloc_chunks?.ok === true,
  } satisfies Record<Rung, boolean>;
  return rungs.filter((rung) => reached[rung]);
}
