import type { TargetState } from '../../causes/state.ts';
import { podName, printable } from '../../untrusted.ts';

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
