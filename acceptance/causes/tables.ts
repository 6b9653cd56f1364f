import { mebibytes, type Table } from '../../bench/table.ts';
import type { Verdicts } from '../../src/causes/engine/judge.ts';
import { judgeProof } from './judge-proof.ts';
import type { ProofRun } from './prove.ts';
import type { QuietRun } from './quiet.ts';
import { quietPrograms } from './quiet-programs.ts';

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
      `${named} of ${runs.length} are named. Made: by the lab's own count, by mincore(2), pagemap or the kernel; \`-\` where the cause claims no bytes. Of the runtime's tables: what pagemap finds in memory of all that the runtime mapped beside its heap; of a peak, what it finds more than before (and the claim holds the 1 MiB that any program has of them, too). Off: as a share of it; at most 5 %, as is what others claim, but for what is made on the way (the live heap beside the garbage).`,
      'Growth is watched over 48 polls; the clock that memgap sees runs 300 s from one to the next.',
    ],
  };
}

/**
 * The confusion matrix: a row for each thing that was made, a column for each cause, and in the cells what memgap claims for it more than
 * before. A column bears the number of its cause, for names would make it wider than any page.
 */
export function confusionTable(runs: readonly ProofRun[]): Table {
  const made = new Set(runs.map(({ proof }) => proof.cause));
  const claimed = runs.flatMap(({ before, after }) => after.active.filter(({ name }) => more(before, after, name) !== ''));
  const causes = [...new Set([...made, ...claimed.map(({ name }) => name)])];
  const numberOf = (cause: string) => causes.indexOf(cause) + 1;
  return {
    title: 'The confusion matrix: what is claimed, in MiB more than before',
    columns: ['made', 'is', ...causes.map((cause) => `${numberOf(cause)}`)],
    rows: runs.map(({ proof, before, after }) => [
      proof.name,
      `${numberOf(proof.cause)}`,
      ...causes.map((cause) => more(before, after, cause)),
    ]),
    notes: [
      `Columns: ${causes.map((cause) => `${numberOf(cause)} \`${cause}\``).join(', ')}; every other cause of the list is named nowhere. \`is\`: the column that must be named.`,
      '`yes`: named, and was not before; it claims no bytes. Beside its own column a row has what was made on the way (the live heap beside the garbage), or less than the bound.',
    ],
  };
}

/** Of one cause; empty where it is not named, or claims no more. */
function more(before: Verdicts, after: Verdicts, cause: string): string {
  const [was, is] = [before, after].map(({ active }) => active.find(({ name }) => name === cause));
  if (is === undefined) return '';
  if (is.bytes === undefined) return was === undefined ? 'yes' : '';
  const size = (is.bytes - (was?.bytes ?? 0)) / 1024 ** 2;
  return size < 0.05 ? '' : size.toFixed(size < 10 ? 1 : 0);
}

/** Programs in which nothing leaks: what is said of them. */
export function quietTable(runs: readonly QuietRun[]): Table {
  const truths = Object.entries(quietPrograms).filter(([name]) => runs.some(({ program }) => program === name));
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
      'All that was named in any snapshot of a phase, with the last figures. The clock that memgap sees is hurried here too, so that growth is judged.',
      ...(truths.length === 0 ? [] : ['What is true of a program, and why; another name is a miss:']),
      truths
        .map(
          ([program, causes]) =>
            `- ${program}: ${Object.entries(causes)
              .map(([cause, { why }]) => `\`${cause}\` (${why})`)
              .join(', ')}`,
        )
        .join('\n'),
    ],
  };
}
