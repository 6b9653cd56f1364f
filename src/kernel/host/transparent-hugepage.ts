import { readFileSync } from 'node:fs';
import { found, missing, type Reading, reasonOf } from '../../model/reading.ts';
import { type TapedText, tape } from '../../tape.ts';

const path = '/sys/kernel/mm/transparent_hugepage/enabled';

/** The machine's setting of transparent huge pages (`always`, `madvise` or `never`). See admin-guide/mm/transhuge. */
export function readKernelThp(): Reading<string> {
  const onTape = tape();
  const text = onTape === undefined ? readText() : onTape.text(path, readText);
  return text.ok ? parseKernelThp(text.value.text) : text;
}

function readText(): Reading<TapedText> {
  try {
    return found({ text: readFileSync(path, 'utf8'), whole: true });
  } catch (error) {
    return missing(reasonOf(error) ?? 'unsupported', path);
  }
}

/** Pure: the bracketed word of `always [madvise] never`. */
export function parseKernelThp(text: string): Reading<string> {
  const [, setting] = /\[(\w{1,16})\]/.exec(text) ?? [];
  return setting === undefined ? missing('malformed', `${path} has no word in brackets`) : found(setting);
}
