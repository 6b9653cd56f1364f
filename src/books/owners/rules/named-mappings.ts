import type { ResidentPiece } from '../component.ts';
import { type FilePages, filePagesOf, type LockedPages, largestCopies, lockedPagesOf, type MappedFile } from './file-pages.ts';
import { type KernelMapping, kernelMappingsOf } from './kernel-mappings.ts';
import { type SharedMemory, sharedMemoryOf } from './shared-memory.ts';

/** What the mappings tell beyond whose they are: what their pages are, and what stands behind them. */
export interface NamedMappings {
  readonly files: FilePages;
  readonly locked: LockedPages;
  /** Of the component file_cow. */
  readonly copies: readonly MappedFile[];
  readonly kernel: readonly KernelMapping[];
  readonly shared: SharedMemory;
}

/** Of the pieces of one walk. */
export function namedMappingsOf(pieces: readonly ResidentPiece[]): NamedMappings {
  return {
    files: filePagesOf(pieces),
    locked: lockedPagesOf(pieces),
    copies: largestCopies(pieces),
    kernel: kernelMappingsOf(pieces),
    shared: sharedMemoryOf(pieces),
  };
}
