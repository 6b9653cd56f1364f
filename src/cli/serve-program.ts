import type { Arguments } from './arguments.ts';
import { endDespiteHangingReads } from './end-despite-hanging-reads.ts';
import type { Io } from './io.ts';
import { serve } from './serve.ts';

/** `memgap serve`: a bundle of its own, for it stays and must be small, and no other command needs its HTTP room. */
export async function program(args: Arguments, io: Io): Promise<number> {
  const code = await serve(args, io);
  await endDespiteHangingReads(io);
  return code;
}
