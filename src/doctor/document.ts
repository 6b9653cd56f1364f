import type { Credentials, ProcessAccess, Surroundings } from '../model/access.ts';
import { known } from '../model/reading.ts';
import { type Diagnosis, isWhole, rungs } from './diagnose.ts';

/**
 * Diagnoses as a document, schema 1: what `memgap doctor --json` prints. What is not known is an absent key. It has the lines of all
 * places.
 */
export function doctorDocument(diagnoses: readonly Diagnosis[]): object {
  return { schema: 1, ok: diagnoses.every(isWhole), targets: diagnoses.map(one) };
}

function one(diagnosis: Diagnosis): object {
  const { target, facts, rungs: reached, findings, advice, notAsked } = diagnosis;
  return {
    name: target,
    ok: isWhole(diagnosis),
    process: facts.process && { ...processOf(facts.process), guessed: facts.guessed || undefined },
    memgap: memgapOf(facts.surroundings),
    ladder: Object.fromEntries(rungs.map((rung) => [rung, reached.includes(rung)])),
    sources: Object.fromEntries(findings.map(({ source, ...finding }) => [source, finding])),
    advice,
    not_asked: notAsked,
  };
}

function processOf({ pid, name, credentials, owner, label }: ProcessAccess): object {
  return { pid, name, ...idsOf(known(credentials)), owner: known(owner), label };
}

function idsOf(credentials: Credentials | undefined): object {
  return credentials === undefined
    ? {}
    : { uid: credentials.uid, gid: credentials.gid, permitted: credentials.permitted, effective: credentials.effective };
}

function memgapOf({ self, hidePid, others, pidOne, yama, kubernetes }: Surroundings): object {
  return {
    ...processOf(self),
    hidepid: hidePid,
    other_processes: others,
    is_pid_one: pidOne.isMemgap,
    yama_ptrace_scope: yama,
    kubernetes,
  };
}
