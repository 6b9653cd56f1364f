import type { TargetState, Targets } from '../../causes/state.ts';
import { podName, printable } from '../../untrusted.ts';

/** Which target a request asks for: one, none by name (`undefined`), or why that can't be. */
type Asked =
  | { readonly ok: true; readonly state: TargetState | undefined }
  | { readonly ok: false; readonly status: 400 | 404; readonly problem: string };

/** The target that `?target=NAME` names: a configured name and nothing else. A URL there is an unknown name; memgap never fetches it. */
export function askedTarget(targets: Targets, query: unknown): Asked {
  const name = parameter(query, 'target');
  if (name === undefined) return { ok: true, state: undefined };
  if (typeof name !== 'string') return { ok: false, status: 400, problem: 'one target at a time' };
  const state = targets.find(name);
  if (state !== undefined) return { ok: true, state };
  return { ok: false, status: 404, problem: `no target of the name "${printable(name, 128)}" is configured; ${namesOf(targets)}` };
}

/** As `askedTarget`; without a name the only target there is. */
export function askedOrOnlyTarget(targets: Targets, query: unknown): Asked {
  const asked = askedTarget(targets, query);
  const all = targets.all();
  return asked.ok && asked.state === undefined && all.length === 1 ? { ok: true, state: all[0] } : asked;
}

/** A parameter of the query: a text, or several where it was given more than once. */
export function parameter(query: unknown, name: string): unknown {
  return typeof query === 'object' && query !== null ? Object.getOwnPropertyDescriptor(query, name)?.value : undefined;
}

/** The configured names in one line, the first of them where they are many. */
export function namesOf(targets: Targets): string {
  const names = targets.all().map(({ name }) => printable(name, 128));
  const first = names.slice(0, 20).join(', ');
  return names.length > 20
    ? `configured are ${first} and ${names.length - 20} more: see /api/v1/targets`
    : `configured: ${first || 'none'}`;
}

/** What there is to say of a target without a snapshot, one line each: why, and which sources failed how often. */
export function noSnapshot(state: TargetState): readonly string[] {
  const { name, ownPod } = state;
  const who = `${printable(name, 128)}${ownPod === undefined ? '' : `  pod ${podName(ownPod)}`}`;
  const lines = [`${who}: no snapshot to show`, whyNone(state)];
  for (const [source, reasons] of state.errors) {
    for (const [reason, count] of reasons)
      lines.push(`${source}: ${reason} (${count} ${count === 1 ? 'time' : 'times'} since memgap started)`);
  }
  return lines;
}

function whyNone({ condition }: TargetState): string {
  if (condition === 'waiting') return 'memgap waits for this target: it has not been there yet, and less than a minute has passed';
  if (condition === 'down')
    return 'the last polls gave neither the numbers of the Go runtime nor the resident set; the log of memgap says why';
  return 'the last snapshot is older than three poll intervals';
}
