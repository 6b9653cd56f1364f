import type { ProcessLimits } from '../../model/process.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
import type { ProcessHandle, Source } from '../../model/source.ts';
import { type Bytes, bytes } from '../../model/units.ts';
import { readProcFile } from './file.ts';

/** /proc/PID/limits: the soft limits that bear on memory. Needs no right (hidepid apart). */
export const limits = {
  name: 'limits',
  without: { needs: 'sight', lost: "the size of a thread's stack: less sure which mappings are stacks", families: [] },
  read(process) {
    const text = readProcFile(process, 'limits');
    return text.ok ? parseLimits(text.value) : text;
  },
} as const satisfies Source<ProcessHandle, ProcessLimits>;

/** Pure: the text of /proc/PID/limits, soft limits in bytes; `unlimited` is absent. */
export function parseLimits(text: string): Reading<ProcessLimits> {
  const soft = new Map<string, string>();
  for (const [, name = '', limit = ''] of text.matchAll(/^Max (stack size|address space|locked memory) {2,}(\S+) +\S+ +bytes/gm)) {
    soft.set(name, limit);
  }
  if (!soft.has('stack size')) return missing('malformed', 'not the text of a /proc/PID/limits: it has no stack size');
  return found({
    stack: limitOf(soft.get('stack size')),
    addressSpace: limitOf(soft.get('address space')),
    lockedMemory: limitOf(soft.get('locked memory')),
  });
}

/** Past 2^53 a limit limits nothing. */
function limitOf(text: string | undefined): Bytes | undefined {
  const size = text !== undefined && /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(size) ? bytes(size) : undefined;
}
