import { budgets } from '../../budgets.ts';
import type { Mapping } from '../../model/mapping.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
import { kib } from '../../model/units.ts';
import { printable } from '../../untrusted.ts';
import { createTails } from './smaps-header.ts';

/** Takes the text of smaps piece by piece. Where a piece ends changes nothing. */
export interface SmapsParser {
  /** The next piece, as latin1; false when there is no use in more: it is malformed, or there are too many mappings. */
  take(piece: string): boolean;
  /** The mappings of all that was taken, by address. `malformed` when one of them is: a part would pass for the whole. */
  finish(): Reading<readonly Mapping[]>;
  /** How many mappings were found so far. */
  count(): number;
}

const maxMappingBytes = budgets.mappingText.maxBytes;

/** The fields that are wanted, in the order of every kernel from 4.12 on (fs/proc/task_mmu.c, show_smap). */
const fields = ['Rss', 'Pss', 'Shared_Dirty', 'Private_Dirty', 'Anonymous', 'LazyFree', 'AnonHugePages', 'Swap', 'Locked'] as const;

/**
 * One mapping up to the next one's first character. The regular expression runs as machine code even in the interpreter that `--no-opt
 * --no-sparkplug` leaves of Node 20, where a loop over the bytes took 3.8 us a mapping and this takes 1.7. A line that is skipped can't be
 * one that is wanted, so it never backtracks, and a field that stands twice (a lost header) matches nothing. Twelve digits are 2^50 bytes.
 * KSM came with Linux 6.7, right behind Anonymous.
 */
const block = (() => {
  const skip = `(?:(?!(?:${fields.join('|')}|KSM|THPeligible|VmFlags):)[A-Z][^\\n]*\\n)*`;
  // what may be absent has its skip inside: two in a row would share the lines out in every way
  const ksm = `(?:KSM: +(\\d{1,12}) kB\\n${skip})?`;
  const sizes = fields.map((name) => `${skip}${name === 'LazyFree' ? ksm : ''}${name}: +(\\d{1,12}) kB\\n`).join('');
  return `([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([^\\n]*)\\n${sizes}${skip}(?:THPeligible: +([01])\\n${skip})?VmFlags: ([^\\n]*)\\n${skip}(?=[0-9a-f])`;
})();

/** Where another mapping begins: the names of fields begin with a capital. */
const nextHeader = /\n(?=[0-9a-f])/;

/** Reads mappings, at most `maxMappings` of them: the next one makes the reading `too-large`. */
export function createSmapsParser(maxMappings: number): SmapsParser {
  const next = new RegExp(block, 'y');
  const tails = createTails();
  const flags = new Map<string, string>();
  const mappings: Mapping[] = [];
  let rest = '';
  let problem: Reading<never> | undefined;

  function take(piece: string): boolean {
    rest += piece;
    const at = takeWhole();
    rest = rest.slice(at);
    // a mapping that has a successor is whole, so it is to be understood
    if (problem === undefined && (nextHeader.test(rest) || rest.length > maxMappingBytes)) problem = refusal();
    return problem === undefined;
  }

  /** Where what it could not take begins. */
  function takeWhole(): number {
    let at = 0;
    while (problem === undefined) {
      next.lastIndex = at;
      const match = next.exec(rest);
      if (match === null) return at;
      at = next.lastIndex;
      problem = add(match);
    }
    return at;
  }

  function add(match: RegExpExecArray): Reading<never> | undefined {
    // by index: taking the array apart would cost as much again in the interpreter, which calls an iterator for it
    const first = match[1] ?? '';
    const last = match[2] ?? '';
    if (first.length > 13) return undefined; // vsyscall, above 2^52
    const start = Number.parseInt(first, 16);
    const end = Number.parseInt(last, 16);
    const tail = tails.of(match[3] ?? '');
    if (tail === undefined || end <= start || last.length > 13) return refusal(match[0]);
    const eligible = match[14];
    const words = match[15] ?? '';
    const mapping: Mapping = {
      start,
      end,
      permissions: tail.permissions,
      offset: tail.offset,
      device: tail.device,
      inode: tail.inode,
      path: tail.path,
      rss: kib(Number(match[4])),
      pss: kib(Number(match[5])),
      dirty: kib(Number(match[6]) + Number(match[7])),
      anonymous: kib(Number(match[8])),
      ksm: match[9] === undefined ? undefined : kib(Number(match[9])),
      swap: kib(Number(match[12])),
      lazyFree: kib(Number(match[10])),
      anonHugePages: kib(Number(match[11])),
      locked: kib(Number(match[13])),
      thpEligible: eligible === undefined ? undefined : eligible === '1',
      flags: flags.get(words) ?? keepFlags(words),
    };
    if (start < (mappings.at(-1)?.end ?? 0) && !replaces(mapping)) return moved;
    mappings.push(mapping);
    return mappings.length > maxMappings ? missing('too-large', `the process has more than ${maxMappings} mappings`) : undefined;
  }

  /**
   * The kernel lets go of the address space between two reads and goes on behind the last mapping that it told. When that one has grown by
   * a neighbor in the meantime it comes again, whole: the later view holds the earlier ones, and takes their place.
   */
  function replaces({ start, end }: Mapping): boolean {
    for (let last = mappings.at(-1); last !== undefined && last.end > start; last = mappings.at(-1)) {
      if (last.start < start || last.end > end) return false;
      mappings.pop();
    }
    return true;
  }

  function keepFlags(words: string): string {
    const kept = copyOf(words.trim());
    flags.set(copyOf(words), kept);
    return kept;
  }

  function refusal(text = rest): Reading<never> {
    const [own = ''] = text.split(nextHeader, 1);
    const [line = ''] = own.split('\n', 1);
    const lacking = fields.find((name) => !own.includes(`\n${name}: `));
    const why = lacking === undefined ? 'is not as a kernel writes it' : `has no line ${lacking}`;
    return missing('malformed', `/proc/PID/smaps: the mapping "${printable(line, 120)}" ${why}`);
  }

  function finish(): Reading<readonly Mapping[]> {
    if (problem === undefined) {
      rest += '0'; // as if one more came
      const at = takeWhole();
      if (problem === undefined && at < rest.length - 1) problem = refusal();
      rest = '';
    }
    return problem ?? found(mappings);
  }

  return { take, finish, count: () => mappings.length };
}

const moved = missing('malformed', '/proc/PID/smaps: mappings were cut and joined anew while they were read; the next walk may do better');

/** Pure: the whole text of a /proc/PID/smaps. */
export function parseSmaps(text: Uint8Array): Reading<readonly Mapping[]> {
  const parser = createSmapsParser(Number.MAX_SAFE_INTEGER);
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.length);
  for (let at = 0; at < bytes.length && parser.take(bytes.toString('latin1', at, at + maxMappingBytes)); at += maxMappingBytes);
  return parser.finish();
}

/** A string of its own: what a regular expression cuts out of a piece keeps the whole piece in memory. */
function copyOf(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
