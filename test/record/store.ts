import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { recordingJson } from '../../src/record/encode.ts';
import type { Recording } from '../../src/record/recording.ts';

const folder = join(import.meta.dirname ?? __dirname, '../fixtures/recorded');

/** Brotli with its largest window: texts that differ little from one another, poll by poll, take next to nothing. */
function packed(text: string): Buffer {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 10,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
  };
  return brotliCompressSync(text, { params });
}

function unpacked(file: string): string {
  return brotliDecompressSync(readFileSync(join(folder, file))).toString('utf8');
}

/** The recordings that are kept, by name. */
export function keptNames(): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.expected.br'))
    .map((name) => name.replace('.expected.br', ''));
}

/** The JSON of a recording, as a file of `memgap record` has it. */
export function keptRecording(name: string): string {
  return unpacked(`${name}.record.br`);
}

/** What it comes to: the JSON that `explain` prints. */
export function keptDocument(name: string): string {
  return unpacked(`${name}.expected.br`);
}

/** Keeps what a recording comes to now. */
export function keepDocument(name: string, document: string): number {
  const bytes = packed(document);
  writeFileSync(join(folder, `${name}.expected.br`), bytes);
  return bytes.length;
}

/** Keeps a recording, and what it comes to; how many bytes that takes. */
export function keepRecording(name: string, recording: Recording, document: string): number {
  const bytes = packed(recordingJson(recording));
  writeFileSync(join(folder, `${name}.record.br`), bytes);
  return bytes.length + keepDocument(name, document);
}
