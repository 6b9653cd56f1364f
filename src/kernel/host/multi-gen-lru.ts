import { readFileSync } from 'node:fs';
import { found, missing, reasonOf } from '../../model/reading.ts';
import { tape } from '../../tape.ts';

const path = '/sys/kernel/mm/lru_gen/enabled';

/** Whether the kernel keeps the page cache by generations (Documentation/admin-guide/mm/multigen_lru.rst); `undefined` where it does not say, as before 6.1. */
export function readMultiGenLru(): boolean | undefined {
  const onTape = tape();
  const text = onTape === undefined ? readText() : onTape.text(path, readText);
  return text.ok ? parseMultiGenLru(text.value.text) : undefined;
}

function readText() {
  try {
    return found({ text: readFileSync(path, 'utf8'), whole: true });
  } catch (error) {
    return missing(reasonOf(error) ?? 'unsupported', path);
  }
}

/** Pure: the main switch is the lowest bit of `0x0007`. */
export function parseMultiGenLru(text: string): boolean | undefined {
  const [, bits] = /^0x([0-9a-f]{1,8})\s*$/.exec(text) ?? [];
  return bits === undefined ? undefined : Number.parseInt(bits, 16) % 2 === 1;
}
