import { budgets } from '../../budgets.ts';
import { createSlices } from '../../files/turns.ts';
import type { ProcessMemory } from '../../kernel/memory/memory.ts';
import type { AddressRange } from '../../model/address-range.ts';
import { windowSize } from '../counters/counters.ts';

const blockBytes = 32 * 1024; // of which a scan takes about a millisecond without the optimizing compiler
const maxScannedBytes = budgets.dataScanned.maxBytes;
const maxLookedUpBytes = budgets.dataLookedUp.maxBytes;

/** Hands out the resident data in blocks that overlap, so that no window is cut. */
export async function eachBlock(
  memory: ProcessMemory,
  ranges: readonly AddressRange[],
  signal: AbortSignal,
  visit: (bytes: Uint8Array, address: number) => void,
): Promise<void> {
  const slices = createSlices(signal);
  let left = maxScannedBytes;
  for (const range of ranges) {
    const first = Math.ceil(range.start / 8) * 8;
    for (const { start, end } of memory.present(first, range.end, maxLookedUpBytes)) {
      for (let address = start; address < end && left > 0; address += blockBytes) {
        visit(memory.read(address, Math.min(blockBytes + windowSize - 8, end - address)), address);
        left -= blockBytes;
        if (!(await slices.pause())) return;
      }
    }
  }
}
