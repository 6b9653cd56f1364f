import type { Verdicts } from '../../src/causes/engine/judge.ts';
import type { Proof } from './proofs.ts';
import { withSubject } from './subject.ts';

/** What came of one proof. */
export interface ProofRun {
  readonly proof: Proof;
  /** Bytes that were made. */
  readonly truth: number | undefined;
  readonly rss: number;
  readonly before: Verdicts;
  readonly after: Verdicts;
}

/** Makes a cause in a lab of its own, watched from before on, and tells what memgap said of it. */
export async function prove(proof: Proof, path: string): Promise<ProofRun> {
  return withSubject(path, proof, async (subject) => {
    for (let count = 0; count < 3; count += 1) {
      await subject.lab.ask('/free'); // collects, and what its start left behind goes
      await subject.look();
    }
    const { verdicts: before } = await subject.look();
    const truth = await proof.make(subject);
    for (let count = 0; count < (proof.collections ?? 0); count += 1) {
      await subject.lab.ask('/gc');
      await subject.look();
    }
    const { verdicts: after, ledger } = await subject.look();
    return { proof, truth, rss: ledger.rss.ok ? ledger.rss.value.total : Number.NaN, before, after };
  });
}
