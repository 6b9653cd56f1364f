import type { ProcessAccess, SourceLoss, Surroundings } from '../model/access.ts';
import type { Missing } from '../model/reading.ts';
import type { Addresses } from './address.ts';
import type { Check } from './check.ts';
import { ptraceChecks } from './ptrace.ts';

/** How a target's process is looked for; absent where none is. */
export type FoundBy = 'pid' | 'exe' | 'port' | 'cgroup';

/** What is known of a target beside what its sources came to. */
export interface AccessFacts {
  readonly surroundings: Surroundings;
  /** The process, or the one that it most likely is where it could not be looked into; absent where none is in sight. */
  readonly process: ProcessAccess | undefined;
  /** It could not be told for certain that it is that process: it bears the name, or the socket's user. */
  readonly guessed: boolean;
  readonly foundBy: FoundBy | undefined;
  /** Where the runtime's numbers were asked for. */
  readonly addresses: Addresses;
}

/** A source that came to nothing. */
export interface Failure {
  readonly source: string;
  readonly reason: Missing;
  readonly detail: string;
}

/** Pure: which checks a source failed; none where its detail says all there is to say. */
export function checksOf(failure: Failure, needs: SourceLoss['needs'], facts: AccessFacts): readonly Check[] {
  const { source, reason, detail } = failure;
  if (needs === 'endpoint') return [{ name: reason === 'mismatch' ? 'other-process' : 'endpoint', says: detail }];
  if (source.startsWith('cgroup') && reason === 'mismatch') return [{ name: 'cgroup-unproven', says: detail }];
  if (source.startsWith('cgroup') && reason === 'unsupported') return [{ name: 'root-group', says: detail }];
  if (needs !== 'sight')
    return reason === 'denied' && facts.process !== undefined ? ptraceChecks(facts.surroundings, facts.process, needs) : [];
  return sightChecks(failure, facts);
}

/** Why a process can't be seen, or not be told from the others. */
function sightChecks({ reason, detail }: Failure, { surroundings, process, foundBy }: AccessFacts): readonly Check[] {
  const { others, pidOne, hidePid } = surroundings;
  const checks: Check[] = [];
  if (others === 0 || pidOne.isMemgap) checks.push(ownNamespace(surroundings));
  else if (reason === 'mismatch') return [{ name: 'several', says: detail }];
  if (hidePid !== 'off' && hidePid !== 'ptraceable') checks.push({ name: 'hidepid', says: `/proc is mounted with hidepid=${hidePid}` });
  if (hidePid === 'ptraceable') checks.push({ name: 'hidepid', says: '/proc shows only what memgap may trace: hidepid=ptraceable' });
  if (checks.length > 0) return checks;
  if (reason === 'denied' && process !== undefined)
    return ptraceChecks(surroundings, process, { mode: 'read', ownersOnly: foundBy === 'port' });
  if (reason === 'gone' || reason === 'not-found')
    return [
      {
        name: 'not-running',
        says: `${detail}; ${others ?? 'it is not known how many'} other processes are in sight, and pid 1 is ${pidOne.name ?? 'not'}`,
      },
    ];
  return [];
}

function ownNamespace({ others, pidOne }: Surroundings): Check {
  const what = pidOne.isMemgap ? 'memgap is pid 1' : 'no other process is in sight';
  return {
    name: 'pid-namespace',
    says: `no shared pid namespace: ${what}${others !== undefined && others > 0 && pidOne.isMemgap ? `, and sees ${others} other processes` : ''}`,
  };
}
