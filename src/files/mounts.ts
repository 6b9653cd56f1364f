import type { Mount } from './mount-table.ts';

/**
 * What a mount means for a read of a file on it: `local`, it ends when the machine's own disks and memory answer; `remote`, it ends when a program or another
 * machine wishes, and memgap never reads it; `unproven`, either, so that only a reader (reader.ts) may.
 */
export type Standing = 'local' | 'remote' | 'unproven';

/** What is known of mounts, for one look at some files: read once, at the first question. */
export interface Mounts {
  /** Of the mount with this id, as the process, pid 1 or memgap itself sees it; `undefined` for one that none of them sees. */
  of(id: number | undefined, pid?: number): Mount | undefined;
  standing(mount: Mount | undefined): Standing;
}
