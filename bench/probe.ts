import { join } from 'node:path';
import { ran } from '../test/ran.ts';
import { root } from './variants.ts';

/** What came of the probes of prober.ts: milliseconds of those that were answered. */
export interface Probes {
  readonly sent: number;
  readonly refused: number;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

/** Probes a URL each 50 ms from a process of its own. */
export async function probe(url: string, seconds: number): Promise<Probes> {
  const { stdout, stderr } = await ran(process.execPath, ['--import', 'tsx', join(root, 'bench/prober.ts'), url, String(seconds)]);
  if (stdout === '') throw new Error(`prober: ${stderr}`);
  return JSON.parse(stdout);
}
