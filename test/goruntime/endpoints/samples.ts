import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scan } from '../../../src/net/read-endpoint.ts';

const root = join(import.meta.dirname, '../../fixtures/go');

/** One recorded text: its name is `program/file`. */
export interface Sample {
  readonly name: string;
  readonly bytes: Buffer;
}

/** All recorded texts whose file name begins so. */
export function samples(start: string): Sample[] {
  const found: Sample[] = [];
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (name.split('/')[1]?.startsWith(start)) found.push({ name, bytes: readFileSync(join(root, name)) });
  }
  return found;
}

/** One recorded text, by its name. */
export function sample(name: string): string {
  return readFileSync(join(root, name), 'latin1');
}

/** The reading of a body that arrives in pieces of these lengths, over and over. */
export function inPieces<T>(scan: Scan<T>, body: Buffer, lengths: readonly number[]) {
  let from = 0;
  for (let index = 0; from < body.length; index += 1) {
    const to = from + Math.max(1, lengths[index % lengths.length] ?? 1);
    // a copy that is wiped after the call, for undici's buffers are not ours to keep
    const piece = Buffer.from(body.subarray(from, to));
    scan.add(piece);
    piece.fill(0);
    from = to;
  }
  return scan.end();
}
