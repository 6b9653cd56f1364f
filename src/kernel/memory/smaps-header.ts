/** What stands behind the addresses in the first line of a mapping. */
export interface Tail {
  readonly permissions: string;
  readonly offset: number;
  readonly device: string;
  readonly inode: number;
  readonly path: string;
}

const pattern = /^([r-][w-][x-][ps]) ([0-9a-f]{1,16}) ([0-9a-f]{2,8}:[0-9a-f]{2,8}) (\d{1,20})(?: +|$)/;

/** Most mappings of a process with many differ in nothing but their addresses, so each text is read once; equal strings are one string. */
export function createTails(): { of(text: string): Tail | undefined } {
  const tails = new Map<string, Tail>();
  const strings = new Map<string, string>();

  function one(text: string): string {
    const known = strings.get(text);
    if (known === undefined) strings.set(text, text);
    return known ?? text;
  }

  /** `text` is latin1, a path's bytes are UTF-8 as a rule; a line break in it stays `\012`, as the kernel writes it. */
  function of(text: string): Tail | undefined {
    const known = tails.get(text);
    if (known !== undefined) return known;
    const bytes = Buffer.from(text, 'latin1');
    const own = bytes.toString('latin1'); // not a part of the piece that it came in, which it would keep in memory
    const [head = '', permissions = '', offset = '', device = '', inode] = pattern.exec(own) ?? [];
    if (inode === undefined) return undefined;
    const path = one(bytes.toString('utf8', head.length));
    const tail = { permissions: one(permissions), offset: Number.parseInt(offset, 16), device: one(device), inode: Number(inode), path };
    tails.set(own, tail);
    return tail;
  }

  return { of };
}
