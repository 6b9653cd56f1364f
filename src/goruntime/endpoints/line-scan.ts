/**
 * Finds lines in a stream of latin1 text by a pattern that begins with the line feed before them, and calls `onLine` with each, without its
 * line break; false ends the search. The pattern may change after each line. All other bytes are looked at by a regular expression alone,
 * which V8 makes machine code of even with the flags of bin/memgap: a line that a step of ours would be spent on costs as much as 500 bytes
 * do so, and a page may be 64 MiB of line feeds. A line over `mostBytes` is left out, and so is an unfinished one at the end, for its last
 * number may be cut short.
 */
export function lineScan(mostBytes: number, patternNow: () => RegExp, onLine: (line: string) => boolean): (chunk: Buffer) => void {
  let begun = '\n'; // a line that is not whole yet, behind the line feed before it
  let skipping = false; // it is too long already
  let goesOn = true;

  return function add(chunk) {
    if (!goesOn) return;
    const text = chunk.toString('latin1');
    const last = text.lastIndexOf('\n');
    if (last === -1) begin(begun, text);
    else {
      goesOn = search(skipping ? text.slice(text.indexOf('\n'), last) : begun + text.slice(0, last));
      skipping = false;
      begin('', text.slice(last));
    }
  };

  function begin(before: string, text: string): void {
    skipping ||= before.length + text.length > mostBytes + 1;
    begun = skipping ? '' : before + text;
  }

  function search(lines: string): boolean {
    for (let at = 0; ; ) {
      const pattern = patternNow();
      pattern.lastIndex = at;
      const found = pattern.exec(lines);
      if (found === null) return true;
      const end = lines.indexOf('\n', found.index + 1);
      const line = lines.slice(found.index + 1, end === -1 ? lines.length : end);
      if (line.length <= mostBytes && !onLine(line)) return false;
      if (end === -1) return true;
      at = end;
    }
  }
}
