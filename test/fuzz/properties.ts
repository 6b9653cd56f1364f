import type { Reading } from '../../src/model/reading.ts';
import { Broken } from './kind.ts';
import type { Random } from './random.ts';

/** What moves, hides or turns the characters around it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unsafe = /[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]/;

/** That a text which memgap made can be shown. */
export function showable(text: string, what: string, most = 4096): void {
  if (unsafe.test(text)) throw new Broken(`${what} holds a control character: ${JSON.stringify(text.slice(0, 200))}`);
  if (text.length > most) throw new Broken(`${what} has ${text.length} characters`);
}

/** That a gap says why in words that can be shown, and a value holds no NaN and no infinity. */
export function sound(reading: Reading<unknown>): void {
  if (reading.ok) for (const [path, value] of numbersIn(reading.value)) finite(path, value);
  else showable(reading.detail, 'the detail of a gap');
}

function finite(path: string, value: number): void {
  if (!Number.isFinite(value)) throw new Broken(`${path} is ${value}`);
}

/** Every number of a value, with the way to it. */
export function* numbersIn(value: unknown, path = ''): Generator<readonly [string, number]> {
  if (typeof value === 'number') yield [path, value];
  else if (value instanceof Map || Array.isArray(value))
    for (const [key, part] of value.entries()) yield* numbersIn(part, `${path}.${key}`);
  else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value))
    for (const [key, part] of Object.entries(value)) yield* numbersIn(part, `${path}.${key}`);
}

/**
 * That each number of a value stands in the text as digits, times one of the units that its format has (1024 for "kB"). `but` are the last
 * parts of the ways to those that memgap works out of several.
 */
export function carried(value: unknown, text: string, units: readonly number[] = [1], but: readonly string[] = []): void {
  const there = new Set(
    [...text.matchAll(/\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\d+/g)].flatMap(([number]) => [Number(number), Number.parseInt(number, 10)]),
  );
  for (const [path, number] of numbersIn(value)) {
    if (but.includes(path.slice(path.lastIndexOf('.') + 1))) continue;
    const size = Math.abs(number);
    // a unit below 1 is divided by, as memgap does: doubles have no exact product
    const isThere = (unit: number) => (unit < 1 ? [...there].some((each) => each / Math.round(1 / unit) === size) : there.has(size / unit));
    if (!units.some(isThere)) throw new Broken(`${path} is ${number}, and the text has no such number`);
  }
}

interface Scan {
  add(chunk: Buffer): void;
  end(): unknown;
}

/** That it does not matter how a stream is cut, nor what becomes of a chunk once it was handed over. */
export function sameInPieces(create: () => Scan, whole: Buffer, expected: unknown, random: Random): void {
  const scan = create();
  for (const piece of piecesOf(whole, random)) {
    const copy = Buffer.from(piece);
    scan.add(copy);
    copy.fill(0x35);
  }
  same(scan.end(), expected, 'cut into pieces');
}

/** The bytes, cut anywhere. */
export function* piecesOf(whole: Buffer, random: Random): Generator<Buffer> {
  const longest = random.pick([3, 64, 3000]);
  for (let at = 0; at < whole.length; ) {
    const size = 1 + random.below(longest);
    yield whole.subarray(at, at + size);
    at += size;
  }
}

/** That two results are the same, Maps included. */
export function same(one: unknown, other: unknown, what: string): void {
  const [first, second] = [one, other].map((value) =>
    JSON.stringify(value, (_, part: unknown) => (part instanceof Map ? [...part] : part)),
  );
  if (first !== second) throw new Broken(`${what}: ${String(first).slice(0, 300)} and ${String(second).slice(0, 300)}`);
}

interface AnyBook {
  readonly total: number;
  readonly components: Readonly<Record<string, number>>;
  readonly unattributed: number;
}

/** That a book that is published adds up, to the byte, without a negative part. */
export function balanced(book: Reading<AnyBook>, name: string): void {
  sound(book);
  if (!book.ok) return;
  const { total, components, unattributed } = book.value;
  const sum = Object.values(components).reduce((all, part) => all + part, unattributed);
  if (sum !== total) throw new Broken(`the ${name} book has ${sum} of ${total}`);
  for (const [component, part] of Object.entries(components))
    if (part < 0) throw new Broken(`the ${name} book has ${part} of ${component}`);
}
