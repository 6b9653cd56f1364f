import type { Cause } from './cause.ts';
import { goReserved } from './go-reserved.ts';
import { madvFree } from './madv-free.ts';
import { pageCache } from './page-cache.ts';

/** Every cause, the more specific first: it claims its bytes first. Adding one is writing its file, naming it here, and its runbook. */
export const causes: readonly Cause[] = [madvFree, goReserved, pageCache];
