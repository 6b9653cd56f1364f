/** The text of a body, in one buffer that grows: a buffer for each piece would cost a server nothing, and memgap 100 bytes each. */
export interface TextCollector {
  /** Always true: all of it is of use. Its length is the caller's to cap. */
  add(chunk: Buffer): true;
  text(encoding: 'latin1' | 'utf8'): string;
}

const firstBytes = 16 * 1024;

/** Collects a body whole. */
export function collectText(): TextCollector {
  let held = Buffer.allocUnsafe(0);
  let used = 0;
  return {
    add(chunk) {
      if (used + chunk.length > held.length) {
        const larger = Buffer.allocUnsafe(Math.max(firstBytes, 2 * held.length, used + chunk.length));
        held.copy(larger, 0, 0, used);
        held = larger;
      }
      used += chunk.copy(held, used);
      return true;
    },
    text: (encoding) => held.toString(encoding, 0, used),
  };
}
