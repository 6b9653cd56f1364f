import { readdirSync, readFileSync } from 'node:fs';
import { budgets } from './budgets.ts';

/** Into what memgap divides the descriptors that it may have open (getrlimit(2), RLIMIT_NOFILE). */
export interface DescriptorShares {
  /** For connections to memgap. */
  readonly served: number;
  /** For its own connections to targets. */
  readonly asking: number;
}

let shares: DescriptorShares | undefined;

/**
 * The shares of this process, measured at the first call, before anything is served or asked. Without them whoever opens connections takes
 * the descriptor that the next accept(2) needs, and libuv then closes what it can't accept without a word (uv__emfile_trick).
 */
export function descriptorShares(): DescriptorShares {
  shares ??= divide(softLimit(), openNow());
  return shares;
}

/** Half each of what is left beside what is open already and what files need; with `Infinity` no limit is known. */
export function divide(limit: number, open: number): DescriptorShares {
  const half = Math.max(2, Math.floor((limit - open - budgets.reservedDescriptors.maxDescriptors) / 2));
  return { served: half, asking: half };
}

/**
 * The soft limit of a text of /proc/PID/limits, which node has raised to the hard one (node's src/node.cc); `Infinity` where none is told.
 */
export function openFilesOf(limits: string): number {
  const [, soft] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
  return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
}

function softLimit(): number {
  try {
    return openFilesOf(readFileSync('/proc/self/limits', 'latin1'));
  } catch {
    return 1024; // no /proc mounted: what systemd and most shells give
  }
}

function openNow(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 32; // node's own, and some
  }
}
