import { printable } from '../untrusted.ts';
import { addSidecar } from './add.ts';
import { type Manifest, type Manifests, readManifests } from './manifests.ts';
import { annotation } from './names.ts';
import type { Problem, Request } from './request.ts';
import { isNamed, nothingMeant } from './selection.ts';
import { takeOut } from './take-out.ts';
import type { Target } from './target.ts';
import { applyEdits, type Edit } from './text-edit.ts';
import { isWorkload, readWorkload, wishesOf } from './workload.ts';

/** What was done to one object of the text. */
export interface Report {
  /** `deployment/web`; absent where the text as a whole is at fault. */
  readonly id?: string;
  /** Where it stands in the text that was given; absent where there is no such place. */
  readonly line?: number;
  readonly column?: number;
  readonly status: 'injected' | 'updated' | 'unchanged' | 'undone' | 'untouched' | 'refused';
  /** More about it, for a person. */
  readonly detail: string;
}

/** The new text, or none when anything was refused: half a change is none. */
export interface Outcome {
  readonly text: string | undefined;
  readonly reports: readonly Report[];
}

/**
 * Adds the sidecar to every workload of a text (YAML or JSON, any number of documents), in place of one that it added before. The rest
 * of the text stays as it is, to the byte. Pure.
 */
export function inject(text: string, request: Request): Outcome {
  const read = readManifests(text);
  const before = change(text, read, request.only, (manifest) => (isOut(manifest) ? leftOut : clear(text, manifest)));
  if (before.text === undefined) return before;
  const cleared = before.text;
  const readAgain = cleared === text ? read : readManifests(cleared); // seconds, for a big bundle
  const after = change(cleared, readAgain, request.only, (manifest) => (isOut(manifest) ? leftOut : add(cleared, manifest, request)));
  const reports = after.reports.map((report, index): Report => {
    const { status, detail: _, ...place } = before.reports[index] ?? report; // places in the text that was given
    const updated = report.status === 'injected' && status === 'undone';
    return { ...report, ...place, ...(updated && { status: after.text === text ? 'unchanged' : 'updated' }) };
  });
  return judged({ ...after, reports }, nothingMeant(workloadsOf(reports), request.only));
}

/** Takes out of a text what `inject` added: the sidecars and what they needed, to the byte. A text without any stays as it is. Pure. */
export function undo(text: string, only: readonly string[]): Outcome {
  const outcome = change(text, readManifests(text), only, (manifest) => clear(text, manifest));
  return judged(outcome, only.length === 0 ? undefined : nothingMeant(workloadsOf(outcome.reports), only));
}

interface Change {
  readonly status: Report['status'];
  readonly detail: string;
  readonly edits?: readonly Edit[];
}

const notAWorkload: Change = { status: 'untouched', detail: 'not a workload that memgap knows' };
const notNamed: Change = { status: 'untouched', detail: 'not named by --workload' };
const leftOut: Change = { status: 'untouched', detail: `it has the annotation ${annotation.inject}: disabled` };

function change(text: string, read: Manifests, only: readonly string[], decide: (manifest: Manifest) => Change | Problem): Outcome {
  if (!read.ok) {
    const hint = text.includes('{{') ? '; a template must be rendered first: helm template ... | memgap inject -f -' : '';
    const reports = read.faults.slice(0, 20).map(({ message, ...place }) => ({
      ...place,
      status: 'refused' as const,
      detail: `not YAML: ${message}${hint}`,
    }));
    return { text: undefined, reports };
  }
  const edits: Edit[] = [];
  const reports: Report[] = [];
  for (const manifest of read.manifests) {
    const decision = !isWorkload(manifest) ? notAWorkload : !isNamed(manifest, only) ? notNamed : decide(manifest);
    const { status, detail } = 'problem' in decision ? { status: 'refused' as const, detail: decision.problem } : decision;
    if ('edits' in decision) edits.push(...(decision.edits ?? []));
    reports.push({ id: manifest.id, ...manifest.place, status, detail });
  }
  return { text: reports.some(({ status }) => status === 'refused') ? undefined : applyEdits(text, edits), reports };
}

function clear(text: string, manifest: Manifest): Change | Problem {
  const workload = readWorkload(manifest);
  const edits = 'problem' in workload ? [] : takeOut(text, workload); // memgap can't have written there
  if ('problem' in edits) return edits;
  if (edits.length === 0) return { status: 'untouched', detail: 'memgap inject added nothing to it' };
  return { status: 'undone', detail: 'the sidecar and what was added for it are taken out', edits };
}

function add(text: string, manifest: Manifest, request: Request): Change | Problem {
  const workload = readWorkload(manifest);
  const added = 'problem' in workload ? workload : addSidecar(text, workload, request);
  return 'problem' in added ? added : { status: 'injected', detail: describe(added.target, request), edits: added.edits };
}

function isOut(manifest: Manifest): boolean {
  const workload = readWorkload(manifest);
  return !('problem' in workload) && wishesOf(workload).get(annotation.inject) === 'disabled';
}

function describe({ container, ids, process }: Target, { pprof }: Request): string {
  const found = 'exe' in process ? `the process that runs ${process.exe}` : `the process that listens on port ${process.port}`;
  const go = pprof === undefined ? "no --pprof, so without Go's own numbers" : pprof.url;
  return printable(`container ${container.name} (${ids.user}:${ids.group}), ${found}, ${go}`);
}

function workloadsOf(reports: readonly Report[]): readonly string[] {
  return reports.filter(({ detail }) => detail !== notAWorkload.detail).flatMap(({ id }) => id ?? []);
}

function judged(outcome: Outcome, problem: string | undefined): Outcome {
  if (problem === undefined) return outcome;
  return { text: undefined, reports: [...outcome.reports, { status: 'refused', detail: problem }] };
}
