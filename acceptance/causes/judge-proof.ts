import type { Verdicts } from '../../src/causes/engine/judge.ts';
import { formatBytes } from '../../src/model/units.ts';
import type { ProofRun } from './prove.ts';

const tolerance = 0.05;

/** How one proof stands. */
export interface ProofJudgment {
  /** Of the cause that was made; absent where it claims none, or was not named. */
  readonly claimed: number | undefined;
  /** How far `claimed` is from what was made, as a share of it. */
  readonly error: number | undefined;
  /** What other causes claim more than before. */
  readonly grown: ReadonlyMap<string, number>;
  readonly misses: readonly string[];
}

/** Whether the cause was named, its bytes are within 5 % of what was made, and no other claims more than 5 % of it. */
export function judgeProof({ proof, truth, rss, before, after }: ProofRun): ProofJudgment {
  const found = after.active.find(({ name }) => name === proof.cause);
  const claimed = found?.bytes;
  const error = truth === undefined || claimed === undefined ? undefined : Math.abs(claimed - truth) / truth;
  const grown = new Map<string, number>();
  for (const { name } of after.active) {
    const more = bytesOf(after, name) - bytesOf(before, name);
    if (name !== proof.cause && more > 0) grown.set(name, more);
  }
  const misses: string[] = [];
  if (found === undefined)
    misses.push(
      `${proof.cause} is not named, but ${after.active.map(({ name }) => name).join(', ') || 'nothing'}${why(after, proof.cause)}`,
    );
  if (found !== undefined && truth !== undefined && !(error !== undefined && error <= tolerance)) {
    misses.push(`${proof.cause} claims ${formatBytes(claimed ?? 0)} of ${formatBytes(truth)}`);
  }
  if (found !== undefined && proof.says !== undefined && !proof.says.test(found.summary)) misses.push(`it says: ${found.summary}`);
  for (const [name, more] of grown) {
    if (!(proof.besides ?? []).includes(name) && more > tolerance * (truth ?? rss))
      misses.push(`${name} claims ${formatBytes(more)} of it`);
  }
  for (const { name, bytes } of after.active) {
    const isExpected = name === proof.cause || (proof.besides ?? []).includes(name) || before.active.some((each) => each.name === name);
    if (bytes === undefined && !isExpected) misses.push(`${name} is named as well`);
  }
  return { claimed, error, grown, misses: misses.map((miss) => `${proof.name}: ${miss}`) };
}

function bytesOf({ active }: Verdicts, cause: string): number {
  return active.find(({ name }) => name === cause)?.bytes ?? 0;
}

function why({ notJudged }: Verdicts, cause: string): string {
  const gap = notJudged.find(({ name }) => name === cause);
  return gap === undefined ? '' : ` (not judged: ${gap.detail})`;
}
