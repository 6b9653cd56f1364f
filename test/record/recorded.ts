import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArguments } from '../../src/cli/arguments.ts';
import { explain } from '../../src/cli/explain/explain.ts';
import { record } from '../../src/cli/record.ts';
import { decodeRecording } from '../../src/record/decode.ts';
import type { Recording } from '../../src/record/recording.ts';

/** What a command printed, and its exit status. */
export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command in this process. */
export async function printed(command: typeof explain, words: readonly string[]): Promise<Printed> {
  const args = parseArguments(words);
  if ('message' in args) throw new Error(args.message);
  let out = '';
  let err = '';
  const io = {
    out(text: string) {
      out += text;
    },
    err(text: string) {
      err += text;
    },
    color: false,
  };
  return { code: await command(args, io), out, err };
}

/** Records a target with `record`, and what `explain` would have printed at the end of these very polls. */
export async function recorded(file: string, words: readonly string[]): Promise<Printed> {
  return printed(record, ['record', ...words, '-o', file, '--json']);
}

/** What `explain FILE --json` prints. */
export async function replayed(file: string): Promise<Printed> {
  return printed(explain, ['explain', file, '--json']);
}

/** Records a target, and holds what a replay prints against what was printed then, byte for byte. */
export async function sameWhenReplayed(file: string, words: readonly string[]): Promise<Printed> {
  const live = await recorded(file, words);
  assert.notEqual(live.out, '', live.err);
  const again = await replayed(file);
  assert.equal(again.out, live.out);
  assert.equal(again.code, live.code);
  return live;
}

/** The recording in a file. */
export function open(file: string): Recording {
  const reading = decodeRecording(readFileSync(file));
  assert.ok(reading.ok, reading.ok ? '' : reading.detail);
  return reading.value;
}

/** Writes some bytes to a file, and returns its name. */
export function written(file: string, bytes: Uint8Array | string): string {
  writeFileSync(file, bytes);
  return file;
}
