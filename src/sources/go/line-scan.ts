const newline = 0x0a;

/**
 * Cuts a stream into lines and calls `onLine` with each, without its line break. The view is valid only within the call. A line over `mostBytes`
 * is left out, and so is an unfinished one at the end, for its last number may be cut short.
 */
export function lineScan(mostBytes: number, onLine: (line: Buffer) => void): (chunk: Buffer) => void {
  const begun = Buffer.allocUnsafe(mostBytes);
  let used = 0; // bytes of a line that began in an earlier chunk
  let skipping = false; // that line is too long already

  return function add(chunk) {
    let from = 0;
    while (from < chunk.length) {
      const at = chunk.indexOf(newline, from);
      const piece = chunk.subarray(from, at === -1 ? chunk.length : at);
      skipping ||= used + piece.length > mostBytes;
      if (at === -1) {
        if (!skipping) used += piece.copy(begun, used);
        return;
      }
      if (!skipping && used === 0) onLine(piece);
      else if (!skipping) onLine(begun.subarray(0, used + piece.copy(begun, used)));
      used = 0;
      skipping = false;
      from = at + 1;
    }
  };
}
