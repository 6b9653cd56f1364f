import { mebibytes, type Table } from '../table.ts';
import { judgeProof } from './judge-proof.ts';
import type { ProofRun } from './prove.ts';
import type { QuietRun } from './quiet.ts';

/** A row for each cause that was made: what memgap claims for it, and what for others. */
export function proofTable(runs: readonly ProofRun[]): Table {
  const judged = runs.map((run) => ({ run, judgment: judgeProof(run) }));
  const named = runs.filter(({ proof, after }) => after.active.some(({ name }) => name === proof.cause)).length;
  return {
    title: 'What was made, and what memgap calls it',
    columns: ['made', 'by', 'is named', 'made MiB', 'claimed MiB', 'off', 'others claim MiB more', 'and say'],
    rows: judged.map(({ run: { proof, truth, before, after }, judgment: { claimed, error, grown } }) => [
      proof.name,
      proof.lab,
      after.active.some(({ name }) => name === proof.cause) ? proof.cause : `NOT ${proof.cause}`,
      mebibytes(truth ?? Number.NaN),
      mebibytes(claimed ?? Number.NaN),
      error === undefined ? '-' : `${(error * 100).toFixed(1)} %`,
      [...grown].map(([name, size]) => `${name} ${mebibytes(size)}`).join(', '),
      after.active
        .filter(({ name, bytes }) => bytes === undefined && name !== proof.cause && !before.active.some((each) => each.name === name))
        .map(({ name }) => name)
        .join(', '),
    ]),
    notes: [
      `${named} of ${runs.length} are named. Made: by the lab's own count, by mincore(2) or by the kernel; \`-\` where none of them tells. Off: as a share of it; at most 5 %, as is what others claim, but for what is made on the way (the live heap beside the garbage).`,
      'Growth is watched over 48 polls; the clock that memgap sees runs 300 s from one to the next.',
    ],
  };
}

/** Programs in which nothing leaks: what is said of them. */
export function quietTable(runs: readonly QuietRun[]): Table {
  return {
    title: 'Programs in which nothing leaks',
    columns: ['program', 'phase', 'RSS MiB', 'named MiB'],
    rows: runs.map(({ program, phase, rss, named }) => [
      program,
      phase,
      mebibytes(rss),
      named.map(({ name, bytes }) => (bytes === undefined ? name : `${name} ${mebibytes(bytes)}`)).join(', '),
    ]),
    notes: [
      'All that was named in any look of a phase, with the last figures. The clock that memgap sees is hurried here too, so that growth is judged.',
    ],
  };
}
