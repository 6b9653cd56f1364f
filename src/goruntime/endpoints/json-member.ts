import { budgets } from '../../budgets.ts';

/** What became of the search for one member of a JSON object. */
type JsonMember =
  | { readonly is: 'found'; readonly text: string }
  | { readonly is: 'absent' }
  | { readonly is: 'too-large' }
  | { readonly is: 'too-many' }
  | { readonly is: 'broken'; readonly detail: string };

/** A search that is fed the text piece by piece. */
export interface JsonMemberScan {
  /** False when a budget is used up. */
  add(chunk: Buffer): boolean;
  end(): JsonMember;
}

const [quote, comma, colon, brace, closingBrace] = [0x22, 0x2c, 0x3a, 0x7b, 0x7d];
const closerOf: Readonly<Record<number, number>> = { 123: 0x7d, 91: 0x5d }; // { and }, [ and ]

// RegExp finds the next byte that matters: V8 makes machine code of it even with the flags of bin/memgap, where a step of ours costs as
// much as 30 to 1000 of its bytes, and a page may have 64 MiB.
const endOrEscape = /["\\]/g;
const restOfPlainString = /[^"\\]*"/y; // without an escape, and whole in this chunk: most are
const bracketOrString = /["[\]{}]/g;
const bracketStringOrComma = /["[\]{},]/g;
const blanks = /[ \n\r\t]*/y;

const maxDepth = budgets.jsonDepth.maxLevels;

/**
 * Finds the text of one member of the top-level object in a stream, and holds nothing but it, up to `limits.bytes`. A key of that name
 * deeper down or inside a string is not it. Brackets, strings and the object's end are checked; the text of the other values is not.
 * `limits.tokens` are strings, escapes, brackets and members, each a step or two of ours.
 */
export function scanJsonMember(key: string, limits: { readonly bytes: number; readonly tokens: number }): JsonMemberScan {
  const wanted = Buffer.from(key);
  const closers: number[] = []; // what must close each bracket that is open
  const pieces: Buffer[] = [];
  let held = 0;
  let place: 'before' | 'key' | 'colon' | 'value' | 'after' = 'before'; // in the top-level object
  let inString = false;
  let escaped = false; // the chunk before ended in a backslash
  let matched = 0; // bytes of the key at hand that are those of `wanted`, -1 once one is not
  let capturing = false;
  let captured = false;
  let from = 0; // where the member goes on in the chunk at hand
  let tokens = 0;
  let failure: JsonMember | undefined;

  /** Counted where the text says so, not where a chunk ends: the same text has the same count however it was cut. */
  function count(): void {
    tokens += 1;
    if (tokens > limits.tokens) failure ??= { is: 'too-many' };
  }
  function broken(detail: string): void {
    failure ??= { is: 'broken', detail };
  }
  function keep(chunk: Buffer, to: number): void {
    held += to - from;
    if (held > limits.bytes) failure ??= { is: 'too-large' };
    else pieces.push(Buffer.from(chunk.subarray(from, to)));
  }
  function endValue(chunk: Buffer, at: number): void {
    if (!capturing) return;
    keep(chunk, at);
    capturing = false;
    captured = true;
  }

  // Each of the three goes on at `at` with what may stand there, and returns how far it came.
  function string(text: string, at: number): number {
    if (escaped) {
      escaped = false;
      return at + 1;
    }
    const isKey = place === 'key';
    if (isKey && matched >= 0 && text.charCodeAt(at) !== quote) {
      matched = text.charCodeAt(at) === wanted[matched] ? matched + 1 : -1;
      count(); // a step of ours as well
      if (matched > 0) return at + 1;
    }
    endOrEscape.lastIndex = at;
    while (endOrEscape.test(text)) {
      const next = endOrEscape.lastIndex;
      if (text.charCodeAt(next - 1) === quote) {
        inString = false;
        if (isKey) place = 'colon';
        return next;
      }
      count();
      escaped = next === text.length;
      if (failure !== undefined) return next;
      endOrEscape.lastIndex = next + 1;
    }
    return text.length;
  }
  function topLevel(text: string, at: number): number {
    const byte = text.charCodeAt(at);
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
      blanks.lastIndex = at;
      blanks.test(text);
      return blanks.lastIndex;
    }
    count();
    if (place === 'before' && byte === brace) {
      closers.push(closingBrace);
      place = 'key';
    } else if (place === 'key' && byte === quote) {
      inString = true;
      matched = 0;
    } else if (place === 'key' && byte === closingBrace) {
      closers.pop();
      place = 'after';
    } else if (place === 'colon' && byte === colon) {
      place = 'value';
      if (matched === wanted.length && captured) broken(`"${key}" stands there twice`);
      capturing = matched === wanted.length;
      from = at + 1;
    } else broken(place === 'before' ? 'not a JSON object' : place === 'after' ? 'text after the JSON object' : 'not JSON');
    return at + 1;
  }
  function value(text: string, at: number, chunk: Buffer): number {
    const isNested = closers.length > 1;
    const pattern = isNested ? bracketOrString : bracketStringOrComma;
    pattern.lastIndex = at;
    while (pattern.test(text)) {
      const next = pattern.lastIndex;
      const byte = text.charCodeAt(next - 1);
      count();
      if (byte === quote) {
        restOfPlainString.lastIndex = next;
        if (failure === undefined && restOfPlainString.test(text)) {
          pattern.lastIndex = restOfPlainString.lastIndex;
          continue;
        }
        inString = true;
      } else if (byte === comma) {
        endValue(chunk, next - 1);
        place = 'key';
      } else bracket(byte, chunk, next - 1);
      if (inString || !isNested || closers.length < 2 || failure !== undefined) return next;
    }
    return text.length;
  }
  function bracket(byte: number, chunk: Buffer, at: number): void {
    const closer = closerOf[byte];
    if (closer !== undefined) {
      closers.push(closer);
      if (closers.length > maxDepth) broken(`JSON nested deeper than ${maxDepth}`);
      return;
    }
    if (closers.pop() !== byte) broken('not JSON: a bracket that closes none');
    if (closers.length > 0) return;
    endValue(chunk, at);
    place = 'after';
  }

  return {
    add(chunk) {
      from = 0;
      const text = chunk.toString('latin1'); // a character for each byte
      for (let at = 0; at < text.length && failure === undefined; ) {
        if (inString) at = string(text, at);
        else if (place === 'value') at = value(text, at, chunk);
        else at = topLevel(text, at);
      }
      if (capturing && failure === undefined) keep(chunk, chunk.length);
      return failure?.is !== 'too-many' && failure?.is !== 'too-large';
    },
    end() {
      if (failure !== undefined) return failure;
      if (place !== 'after') return { is: 'broken', detail: place === 'before' ? 'empty' : 'the JSON object has no end: it was cut off' };
      return captured ? { is: 'found', text: Buffer.concat(pieces).toString('utf8') } : { is: 'absent' };
    },
  };
}
