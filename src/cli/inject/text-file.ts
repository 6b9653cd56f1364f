import { createReadStream, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { budgets } from '../../budgets.ts';
import { formatBytes } from '../../model/units.ts';
import { errorCode } from '../io.ts';

/** A whole text, or why there is none (a clause). */
export type TextResult = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string };

const maxBytes = budgets.manifestText.maxBytes;

/** Reads a file, a FIFO (`<(kustomize build)`) or, as `-`, standard input: UTF-8, at most 64 MiB. A byte order mark stays. */
export async function readText(file: string): Promise<TextResult> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of file === '-' ? process.stdin : createReadStream(file)) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxBytes) return { ok: false, problem: `it is longer than ${formatBytes(maxBytes)}: is it a manifest?` };
    }
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks)) };
  } catch (error) {
    return { ok: false, problem: error instanceof TypeError ? 'it is not UTF-8 text' : errorCode(error) };
  }
}

/** Puts a text in the place of a file, whole or not at all, with its mode; a symbolic link stays one. What went wrong, if anything. */
export function replaceFile(file: string, text: string): string | undefined {
  let scratch: string | undefined;
  try {
    const path = realpathSync(file);
    scratch = `${path}.memgap-${process.pid}`;
    writeFileSync(scratch, text, { flag: 'wx', mode: statSync(path).mode });
    renameSync(scratch, path);
    return undefined;
  } catch (error) {
    if (scratch !== undefined) rmSync(scratch, { force: true });
    return errorCode(error);
  }
}
