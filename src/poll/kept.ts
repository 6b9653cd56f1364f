import type { ProcessIdentity } from '../model/process.ts';
import type { KernelPaths } from '../model/source.ts';
import type { TargetConfig } from '../model/target.ts';
import { createGoEndpoints } from './go-endpoints.ts';
import { createGoMemory } from './go-memory.ts';
import type { PortOwnersReader } from './port-owners.ts';
import type { ProcessReader } from './process-reader.ts';
import { createEnvironment, createMallocHeld, createOpenFiles, createProgramFacts } from './program-readings.ts';
import type { Turns } from './shared-walks.ts';
import { createWalker } from './walk.ts';
import { noWalks, type WalksKept } from './walk-book.ts';

/** How a target is read. */
export interface PollSettings {
  readonly paths: KernelPaths;
  /** `--process.memory-reads`: lets it read the target's memory, where that tells what nothing else does. */
  readonly memoryReads: boolean;
  /** Off with `--process.no-environ`: GOMEMLIMIT and GOGC are then told by Go sources alone. */
  readonly environ: boolean;
  /** Its turns at the walks over a process that other targets watch, too. */
  readonly turns: Turns;
  /** Unix seconds. */
  readonly now: () => number;
}

/** All that outlives a poll of one target. Whatever else a poll makes ends with it. */
export interface Kept {
  readonly process: ProcessReader;
  readonly portOwners: PortOwnersReader;
  program: Program;
}

/** What is known of one program in one process; also after an execve(2) another one begins with nothing. */
export type Program = ReturnType<typeof createProgram>;

/** A program of which nothing is known; `identity` is absent until a process was seen. */
export function createProgram(
  { go }: TargetConfig,
  { paths, memoryReads, environ, turns, now }: PollSettings,
  identity: ProcessIdentity | undefined,
) {
  const walks: WalksKept = noWalks;
  return {
    identity,
    endpoints: createGoEndpoints(go),
    memory: memoryReads ? createGoMemory(paths, now) : undefined,
    facts: createProgramFacts(paths, memoryReads),
    environment: createEnvironment(paths, environ),
    openFiles: createOpenFiles(paths, now),
    mallocHeld: createMallocHeld(paths, now),
    walk: createWalker(paths, now, memoryReads, turns),
    walks,
  };
}
