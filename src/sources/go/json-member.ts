/** What became of the search for one member of a JSON object. */
type JsonMember =
  | { readonly is: 'found'; readonly text: string }
  | { readonly is: 'absent' }
  | { readonly is: 'too-large' }
  | { readonly is: 'broken'; readonly detail: string };

/** A search that is fed the text piece by piece. */
export interface JsonMemberScan {
  add(chunk: Buffer): void;
  end(): JsonMember;
}

const [quote, backslash, comma, colon, brace] = [0x22, 0x5c, 0x2c, 0x3a, 0x7b];
const closerOf: Readonly<Record<number, number>> = { 123: 0x7d, 91: 0x5d }; // { and }, [ and ]
const [closingBrace, closingBracket] = [0x7d, 0x5d];

/** Deeper than what any program publishes; JSON.parse recurses over what is found. */
const mostDepth = 64;

/**
 * Finds the text of one member of the top-level object in a stream, and holds nothing but it, up to `mostBytes`. A key of that name deeper
 * down or inside a string is not it. Brackets, strings and the object's end are checked; the text of the other values is not.
 */
export function scanJsonMember(key: string, mostBytes: number): JsonMemberScan {
  const wanted = Buffer.from(key);
  const closers: number[] = []; // what must close each bracket that is open
  const pieces: Buffer[] = [];
  let held = 0;
  let place: 'before' | 'key' | 'colon' | 'value' | 'after' = 'before'; // in the top-level object
  let inString = false;
  let escaped = false;
  let matched = 0; // bytes of the key at hand that are those of `wanted`, -1 once one is not
  let capturing = false;
  let captured = false;
  let from = 0; // where the member goes on in the chunk at hand
  let failure: JsonMember | undefined;

  function broken(detail: string): void {
    failure = { is: 'broken', detail };
  }
  function keep(chunk: Buffer, to: number): void {
    held += to - from;
    if (held > mostBytes) failure = { is: 'too-large' };
    else pieces.push(Buffer.from(chunk.subarray(from, to)));
  }
  function endValue(chunk: Buffer, at: number): void {
    if (!capturing) return;
    keep(chunk, at);
    capturing = false;
    captured = true;
  }

  function stringByte(byte: number): void {
    const isKey = place === 'key';
    if (escaped) escaped = false;
    else if (byte === backslash) escaped = true;
    else if (byte === quote) {
      inString = false;
      if (isKey) place = 'colon';
      return;
    }
    if (isKey) matched = matched >= 0 && byte === wanted[matched] ? matched + 1 : -1;
  }
  function topLevelByte(byte: number, at: number): void {
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
  }
  function valueByte(byte: number, chunk: Buffer, at: number): void {
    const closer = closerOf[byte];
    if (byte === quote) inString = true;
    else if (closer !== undefined) {
      closers.push(closer);
      if (closers.length > mostDepth) broken(`JSON nested deeper than ${mostDepth}`);
    } else if (byte === closingBrace || byte === closingBracket) {
      if (closers.pop() !== byte) broken('not JSON: a bracket that closes none');
      if (closers.length > 0) return;
      endValue(chunk, at);
      place = 'after';
    } else if (byte === comma && closers.length === 1) {
      endValue(chunk, at);
      place = 'key';
    }
  }

  return {
    add(chunk) {
      from = 0;
      for (let at = 0; at < chunk.length && failure === undefined; at += 1) {
        const byte = chunk[at] ?? 0;
        if (inString) stringByte(byte);
        else if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) continue;
        else if (place === 'value') valueByte(byte, chunk, at);
        else topLevelByte(byte, at);
      }
      if (capturing && failure === undefined) keep(chunk, chunk.length);
    },
    end() {
      if (failure !== undefined) return failure;
      if (place !== 'after') return { is: 'broken', detail: place === 'before' ? 'empty' : 'the JSON object has no end: it was cut off' };
      return captured ? { is: 'found', text: Buffer.concat(pieces).toString('utf8') } : { is: 'absent' };
    },
  };
}
