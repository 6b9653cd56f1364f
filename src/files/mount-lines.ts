/** What memgap needs of a line of a mountinfo (proc_pid_mountinfo(5)), in the kernel's escapes. */
export interface MountLine {
  readonly id: number;
  /** `major:minor`, decimal. */
  readonly device: string;
  readonly root: string;
  readonly mountPoint: string;
  readonly type: string;
  /** The file system's own options, behind commas. */
  readonly options: string;
}

/**
 * Pure: the lines of some types of file system out of the text of a mountinfo, at most `most`, in their order; it may be cut off anywhere. Those of other
 * types, most of 4 MiB, cost no step of ours, and no line costs more than its length.
 */
export function mountsOf(text: string, types: readonly string[], most: number): readonly MountLine[] {
  const pattern = new RegExp(` - (?:${types.join('|')}) `, 'g');
  const mounts: MountLine[] = [];
  for (let match = pattern.exec(text); match !== null && mounts.length < most; match = pattern.exec(text)) {
    const end = text.indexOf('\n', match.index);
    const line = text.slice(text.lastIndexOf('\n', match.index) + 1, end === -1 ? text.length : end);
    const mount = parseMountLine(line);
    if (mount !== undefined && types.includes(mount.type)) mounts.push(mount);
    if (end === -1) break;
    pattern.lastIndex = end;
  }
  return mounts;
}

/** Pure: one line; its optional fields end with a hyphen of their own, and the kernel escapes the spaces of all others. */
export function parseMountLine(line: string): MountLine | undefined {
  const separator = line.indexOf(' - ');
  const [id = '', , device = '', root = '', mountPoint = ''] = line.slice(0, separator).split(' ', 5);
  const [type = '', , options = ''] = line.slice(separator + 3).split(' ', 3);
  return separator !== -1 && type !== '' && /^\d{1,10}$/.test(id) ? { id: Number(id), device, root, mountPoint, type, options } : undefined;
}

/** A text of a mountinfo without the kernel's escapes: three octal digits behind a backslash (mangle() of fs/proc_namespace.c). */
export function unescapeMount(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
