import type { Problem } from '../model/problem.ts';
import { danglingAliases } from './aliases.ts';
import { type Manifest, type Manifests, readManifests } from './manifests.ts';
import { applyEdits, type Edit } from './text-edit.ts';
import { isNamed, isWorkload } from './workload.ts';

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
export interface InjectResult {
  readonly text: string | undefined;
  readonly reports: readonly Report[];
}

/** What is to be done to one object. */
export interface WorkloadChange {
  readonly status: Report['status'];
  readonly detail: string;
  readonly edits?: readonly Edit[];
}

/** Of an object that nothing is decided for. */
export const notAWorkload: WorkloadChange = { status: 'untouched', detail: 'not a workload that memgap knows' };
const notNamed: WorkloadChange = { status: 'untouched', detail: 'not named by --workload' };

/** What to do to a workload of a text, or why that can't be. */
export type Decide = (text: string, manifest: Manifest) => WorkloadChange | Problem;

/** What stands in the text that there is now. */
interface Changed extends InjectResult {
  readonly read: Manifests;
}

/**
 * Does to each workload of a text what is decided for it, and reads the result again: YAML can be written in more ways than anybody
 * foresees. Where it is no YAML any more, or `takeBack` would not give back the text, the first workload whose change makes it so is
 * refused. Pure.
 */
export function change(text: string, read: Manifests, only: readonly string[], decide: Decide, takeBack?: Decide): Changed {
  if (!read.ok) return { text: undefined, reports: faultsOf(text, read.faults), read };
  const { manifests } = read;
  const decided = manifests.map((manifest) => decisionOn(manifest, text, only, decide));
  const reports = decided.map(reportOf);
  const edits = decided.map(editsOf);
  if (reports.some(({ status }) => status === 'refused')) return { text: undefined, reports, read };
  if (edits.every(({ length }) => length === 0)) return { text, reports, read };

  const whole = upTo(edits.length);
  if (whole !== undefined) return { ...whole, reports };
  const spoiler = firstSpoiler(edits.length, (count) => upTo(count) !== undefined);
  const told = decided.map((each, index) => reportOf(index === spoiler ? { ...each, decision: spoiled } : each));
  return { text: undefined, reports: told, read };

  /** The text with what was decided for the first objects; `undefined` where that is not good. */
  function upTo(count: number): { readonly text: string; readonly read: Manifests } | undefined {
    const changed = applyEdits(text, edits.slice(0, count).flat());
    const readAgain = readManifests(changed);
    if (!readAgain.ok || idsOf(readAgain.manifests) !== idsOf(manifests)) return undefined;
    if (danglingAliases(readAgain.manifests) > danglingAliases(manifests)) return undefined;
    if (takeBack !== undefined) {
      const back = readAgain.manifests.flatMap((manifest) => editsOf(decisionOn(manifest, changed, only, takeBack)));
      if (applyEdits(changed, back) !== text) return undefined;
    }
    return { text: changed, read: readAgain };
  }
}

interface Decided {
  readonly manifest: Manifest;
  readonly decision: WorkloadChange | Problem;
}

function decisionOn(manifest: Manifest, text: string, only: readonly string[], decide: Decide): Decided {
  return { manifest, decision: !isWorkload(manifest) ? notAWorkload : !isNamed(manifest, only) ? notNamed : decide(text, manifest) };
}

function editsOf({ decision }: Decided): readonly Edit[] {
  return 'edits' in decision ? (decision.edits ?? []) : [];
}

function reportOf({ manifest, decision }: Decided): Report {
  const { status, detail } = 'message' in decision ? { status: 'refused' as const, detail: decision.message } : decision;
  return { id: manifest.id, ...manifest.place, status, detail };
}

const spoiled: Problem = {
  message: 'it is written in a way in which what memgap would change spoils its YAML: write its pod in plain block style, or as JSON',
};

function faultsOf(text: string, faults: Extract<Manifests, { ok: false }>['faults']): readonly Report[] {
  const hint = text.includes('{{') ? '; a template must be rendered first: helm template ... | memgap inject -f -' : '';
  return faults
    .slice(0, 20)
    .map(({ message, ...place }): Report => ({ ...place, status: 'refused', detail: `not YAML: ${message}${hint}` }));
}

function idsOf(manifests: readonly Manifest[]): string {
  return manifests.map(({ id }) => id).join('\n');
}

/** By halves: reading a big bundle takes seconds. */
function firstSpoiler(count: number, isGoodUpTo: (count: number) => boolean): number {
  let [good, bad] = [0, count];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (isGoodUpTo(middle)) good = middle;
    else bad = middle;
  }
  return bad - 1;
}
