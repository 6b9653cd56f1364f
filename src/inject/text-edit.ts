/** One change to a text: what stands from `start` to before `end` becomes `text`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with all changes made; deletions may overlap, insertions at one place keep their order. Pure. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const edit of edits.toSorted((one, other) => one.start - other.start)) {
    parts.push(text.slice(at, Math.max(at, edit.start)), edit.text);
    at = Math.max(at, edit.end);
  }
  return [...parts, text.slice(at)].join('');
}

/** Where the line of an offset starts. */
export function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}

/** Where the line behind that of an offset starts; `undefined` when the text ends without a line break before that. */
export function nextLine(text: string, offset: number): number | undefined {
  const end = text.indexOf('\n', offset);
  return end === -1 ? undefined : end + 1;
}

/** Whole lines put in front of the line that starts at `start`; `undefined` is the end of a text whose last line has no break. */
export function insertLines(text: string, start: number | undefined, lines: readonly string[]): Edit {
  const at = start ?? text.length;
  const windows = start === undefined ? text.includes('\r\n') : text.slice(0, start).endsWith('\r\n');
  const lineBreak = windows ? '\r\n' : '\n';
  const whole = start === undefined ? lines.map((line) => lineBreak + line) : lines.map((line) => line + lineBreak);
  return { start: at, end: at, text: whole.join('') };
}

/** The lines of two offsets and all between them taken out: what `insertLines` added, to the byte. */
export function deleteLines(text: string, from: number, to: number): Edit {
  const start = lineStart(text, from);
  const end = nextLine(text, to);
  if (end !== undefined) return { start, end, text: '' };
  const breakBefore = /\r?\n$/.exec(text.slice(0, start))?.[0].length ?? 0;
  return { start: start - breakBefore, end: text.length, text: '' };
}
