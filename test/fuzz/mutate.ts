import type { Random } from './random.ts';

/** Numbers at the edges of what parsers, doubles and kernels take. */
export const numbers: readonly string[] = [
  ...'0 1 -1 4096 00012 1.5 1e3 1e308 1e400 1e-7 -0 NaN Inf +Inf -Inf Infinity 0x10 1_000 ٣ １２'.split(' '),
  ...'2147483648 4294967296 4503599627370496 9007199254740991 9007199254740992 9007199254740993'.split(' '),
  ...'9223372036854775807 -9223372036854775808 18446744073709551615 18446744073709551616 99999999999999999999999999999999999999'.split(' '),
  '',
  ' 7',
];

const words: readonly string[] = [
  ...[
    '\0',
    '\n',
    '\r\n',
    '\r',
    ' ',
    '\t',
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '=',
    '-',
    '#',
    '<',
    '>',
    '&',
    "'",
    '/',
    '..',
    '../',
    '%00',
  ],
  ...['\u202e', '\x1b[31m', '\ufeff', 'kB', '# runtime.MemStats\n', '"memstats":', 'Rss:', 'VmFlags:', 'go_memstats_sys_bytes ', 'max'],
  ...['(deleted)', ' - ', 'null', 'true', '---\n', '- ', '{}', '# TYPE ', '\\012', '\\u0000'],
];

type Change = (bytes: Buffer, random: Random, other: Buffer) => Buffer;

const changes: readonly Change[] = [
  (bytes, random) => spliced(bytes, random.below(bytes.length + 1), 1, Buffer.from([random.below(256)])),
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  (bytes, random) => spliced(bytes, random.below(bytes.length + 1), 0, Buffer.from(random.pick(words))),
  (bytes, random) => spliced(bytes, random.below(bytes.length + 1), random.below(200), Buffer.alloc(0)),
  newNumber,
  newNumber,
  newNumber,
  newName,
  otherLines,
  otherLines,
  (bytes, random, other) => {
    const from = random.below(other.length + 1);
    return spliced(bytes, random.below(bytes.length + 1), 0, other.subarray(from, from + random.below(500)));
  },
  (bytes, random) => {
    const at = random.below(bytes.length + 1);
    const piece = bytes.subarray(at, at + 1 + random.below(40));
    return spliced(bytes, at, 0, Buffer.concat(Array.from({ length: random.below(30) }, () => piece)));
  },
];

/** A recorded or made input with one to four changes that know of numbers, lines and the words of the formats. */
export function mutated(bytes: Buffer, random: Random, other: Buffer = bytes): Buffer {
  let changed = bytes;
  for (let count = 1 + random.below(4); count > 0; count -= 1) changed = random.pick(changes)(changed, random, other);
  return changed;
}

function spliced(bytes: Buffer, at: number, out: number, put: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(Math.min(at + out, bytes.length))]);
}

/** Another number in the place of one. */
function newNumber(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const match = /\d+/.exec(bytes.subarray(at, at + 2000).toString('latin1'));
  if (match === null) return bytes;
  const [old] = match;
  const near = String(Number(old) + random.pick([-1, 1, 4096, -4096, 8192]));
  const put = random.pick([random.pick(numbers), near, String(Math.floor(Number(old) * random.below(3)))]);
  return spliced(bytes, at + match.index, old.length, Buffer.from(put));
}

const ofEveryObject = Object.getOwnPropertyNames(Object.prototype);

/** A name that every object of JavaScript has, in the place of a word. */
function newName(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const match = /[A-Za-z_]\w+/.exec(bytes.subarray(at, at + 2000).toString('latin1'));
  if (match === null) return bytes;
  return spliced(bytes, at + match.index, match[0].length, Buffer.from(random.pick(ofEveryObject)));
}

/** A line left out, doubled, or put in another's place. */
function otherLines(bytes: Buffer, random: Random): Buffer {
  const lines = bytes.toString('latin1').split('\n');
  const [one, other] = [random.below(lines.length), random.below(lines.length)];
  const line = lines[one] ?? '';
  if (random.chance(40)) lines.splice(one, 1);
  else if (random.chance(50)) lines.splice(other, 0, line);
  else [lines[one], lines[other]] = [lines[other] ?? '', line];
  return Buffer.from(lines.join('\n'), 'latin1');
}
