import type { Problem } from '../model/problem.ts';
import { printable } from '../untrusted.ts';
import { addSidecar } from './add.ts';
import { annotation } from './annotations.ts';
import { change, type Decide, type InjectResult, notAWorkload, type Report, type WorkloadChange } from './change.ts';
import { type Manifest, readManifests } from './manifests.ts';
import type { InjectRequest } from './request.ts';
import { takeOut } from './take-out.ts';
import type { Target } from './target.ts';
import { nothingMeant, readWorkload, wishesOf } from './workload.ts';

/**
 * Adds the sidecar to every workload of a text (YAML or JSON, any number of documents), in place of one that it added before. The rest
 * of the text stays as it is, to the byte; where `undo` would not give it back so, nothing is added. Pure.
 */
export function inject(text: string, request: InjectRequest): InjectResult {
  const { only } = request;
  const clearAll = unlessOut(clear);
  const before = change(text, readManifests(text), only, clearAll);
  if (before.text === undefined) return before;
  const cleared = before.text;
  const addAll = unlessOut((of, manifest) => add(of, manifest, request));
  const after = change(cleared, before.read, only, addAll, clearAll);
  const reports = after.reports.map((report, index): Report => {
    const { status, detail: _, ...place } = before.reports[index] ?? report; // places in the text that was given
    const updated = report.status === 'injected' && status === 'undone';
    return { ...report, ...place, ...(updated && { status: after.text === text ? 'unchanged' : 'updated' }) };
  });
  return judged({ ...after, reports }, nothingMeant(workloadsOf(reports), only));
}

/** Takes out of a text what `inject` added: the sidecars and what they needed, to the byte. A text without any stays as it is. Pure. */
export function undo(text: string, only: readonly string[]): InjectResult {
  const outcome = change(text, readManifests(text), only, clear);
  return judged(outcome, only.length === 0 ? undefined : nothingMeant(workloadsOf(outcome.reports), only));
}

function unlessOut(decide: Decide): Decide {
  return (text, manifest) => (isOut(manifest) ? leftOut : decide(text, manifest));
}

const leftOut: WorkloadChange = { status: 'untouched', detail: `it has the annotation ${annotation.inject}: disabled` };

function clear(text: string, manifest: Manifest): WorkloadChange | Problem {
  const workload = readWorkload(manifest);
  const edits = 'message' in workload ? [] : takeOut(text, workload); // memgap can't have written there
  if ('message' in edits) return edits;
  if (edits.length === 0) return { status: 'untouched', detail: 'memgap inject added nothing to it' };
  return { status: 'undone', detail: 'the sidecar and what was added for it are taken out', edits };
}

function add(text: string, manifest: Manifest, request: InjectRequest): WorkloadChange | Problem {
  const workload = readWorkload(manifest);
  const added = 'message' in workload ? workload : addSidecar(text, workload, request);
  return 'message' in added ? added : { status: 'injected', detail: describe(added.target, request), edits: added.edits };
}

function isOut(manifest: Manifest): boolean {
  const workload = readWorkload(manifest);
  return !('message' in workload) && wishesOf(workload).get(annotation.inject) === 'disabled';
}

function describe({ container, ids, process }: Target, { pprof }: InjectRequest): string {
  const found = 'exe' in process ? `the process that runs ${process.exe}` : `the process that listens on port ${process.port}`;
  const go = pprof === undefined ? "no --pprof, so without Go's own numbers" : pprof.url;
  return printable(`container ${container.name} (${ids.user}:${ids.group}), ${found}, ${go}`);
}

function workloadsOf(reports: readonly Report[]): readonly string[] {
  return reports.filter(({ detail }) => detail !== notAWorkload.detail).flatMap(({ id }) => id ?? []);
}

function judged(outcome: InjectResult, problem: string | undefined): InjectResult {
  if (problem === undefined) return outcome;
  return { text: undefined, reports: [...outcome.reports, { status: 'refused', detail: problem }] };
}
