import type { BuildInfo } from '../../../model/go.ts';
import { isAnonymous, type MemoryLayout } from '../layout.ts';

/**
 * The shadow of the race detector: for Go on 64-bit x86 and ARM it lies at 0x200000000000 + twice the address, its records of
 * synchronization at 0x300000000000 and up (compiler-rt/lib/tsan/rtl/tsan_platform.h, "Go on linux/x86_64"). Mapped with MAP_NORESERVE, at
 * multiples of 64 MiB for a heap that is: it looks like heaps of malloc's arenas (201 MiB of a heap of 100 did), and is claimed before
 * them. Nothing else lies there: mmap(2) hands out addresses from the top down.
 */
export function claimRaceShadow(layout: MemoryLayout, build: BuildInfo | undefined): void {
  if (build?.race !== true || !architectures.has(build.goarch ?? '')) return;
  for (const [index, mapping] of layout.mappings.entries()) {
    if (mapping.start < from || mapping.end > to || !layout.isFree(index) || !isAnonymous(mapping, 'nameless')) continue;
    layout.claim(index, { owner: 'native_mmap', rule: 'race-shadow' });
  }
}

const architectures = new Set(['amd64', 'arm64']);
const from = 0x2000_0000_0000;
const to = 0x4000_0000_0000;
