/** What the book of resident memory must hold, as shares; `make accuracy` fails where it does not. */
export const bounds = {
  /** Strict score of a stable snapshot of a program without foreign memory, of RSS. */
  score: 0.002,
  /** Of all snapshots of programs. */
  stable: 0.9,
  /** Width of the interval of foreign memory, of RSS. */
  foreignWidth: 0.05,
  foreignWidthWithReads: 0.02,
  /** RSS from which the bound without memory reads holds for what was mapped before Go started; with them it holds for any. */
  preloadedFrom: 64 * 1024 ** 2,
  /** How far the component of a leak may be off, of the injected bytes, beside the allocator's own overhead. */
  leak: 0.01,
  /** Unattributed beside a leak, of RSS. */
  unattributed: 0.002,
} as const;

/** Foreign memory below this is noise of libc's: a program that has no more has none. */
export const foreignNoise = 256 * 1024;

/**
 * The interval of the released and resident memory must hold what the lab knows in these; their component is its floor, net of what was
 * never touched.
 */
export const intervalLeaks: readonly string[] = ['huge-released', 'huge-beside-untouched', 'collapsed', 'locked-released'];

/** Of these the arithmetic sees nothing: as much is untouched as came back. */
export const hiddenLeaks: readonly string[] = ['huge-beside-untouched'];
