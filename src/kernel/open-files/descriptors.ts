import { opendirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Slices } from '../../files/turns.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
import type { ProcessHandle } from '../../model/source.ts';
import { tape } from '../../tape.ts';
import { failedRead, mayRead } from '../process/file.ts';

const linksBetweenPauses = 64;

/**
 * Goes through the open files of a process in slices, by what their links of /proc/PID/fd say; `visit` ends it by false. A link that can't
 * be looked at is `undefined`: the file was closed since it was listed, or it may be listed and not looked at (proc_pid_fd(5)). Nothing is
 * opened, and no file system is asked.
 */
export async function goThroughDescriptors(process: ProcessHandle, slices: Slices, visit: Visit): Promise<Reading<'all' | 'some'>> {
  const onTape = tape();
  if (onTape === undefined) return goThrough(process, slices, visit);
  return onTape.pieces(`${process.paths.procfs}/${process.pid}/fd`, visitLines(visit), withoutOtherLinks, (take) =>
    goThrough(process, slices, (fd, link) => take(lineOf(fd, link))),
  );
}

type Visit = (fd: string, link: string | undefined) => boolean;

/** A line of a tape: what a link says may hold line breaks. */
function lineOf(fd: string, link: string | undefined): string {
  return `${fd} ${link === undefined ? '' : JSON.stringify(link)}\n`;
}

function visitLines(visit: Visit): (piece: string) => boolean {
  return (piece) =>
    [...piece.matchAll(/^(\d+) (.*)$/gm)].every(([, fd = '', link = '']) => visit(fd, link === '' ? undefined : String(JSON.parse(link))));
}

/** Of files that nothing is made of no name is kept. */
function withoutOtherLinks(text: string): string {
  return text.replaceAll(/".*"$/gm, (link) => (descriptorKind(String(JSON.parse(link))).kind === 'other' ? '"other"' : link));
}

async function goThrough({ pid, paths }: ProcessHandle, slices: Slices, visit: Visit): Promise<Reading<'all' | 'some'>> {
  const directory = join(paths.procfs, String(pid), 'fd');
  try {
    const files = opendirSync(directory);
    try {
      let count = 0;
      for (let file = files.readSync(); file !== null; file = files.readSync()) {
        if (!visit(file.name, linkOf(join(directory, file.name)))) return found('some');
        count += 1;
        if (count % linksBetweenPauses === 0 && !(await slices.pause()))
          return missing('timeout', `${directory} was not gone through in time`);
      }
      return (await slices.pause()) ? found('all') : missing('timeout', `${directory} was not gone through in time`);
    } finally {
      files.closeSync();
    }
  } catch (error) {
    return failedRead(error, directory);
  }
}

/** Whether the mode of /proc/PID/fd lets memgap list it: with CAP_SYS_PTRACE alone it does not, and that is how the DaemonSet runs. */
export function mayListDescriptors({ pid, paths }: ProcessHandle): boolean {
  return mayRead(join(paths.procfs, String(pid), 'fd'));
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** What stands behind a descriptor, as its link of /proc/PID/fd says. */
export type DescriptorKind =
  | { readonly kind: 'socket' | 'pipe'; readonly inode: string }
  /** An inode that many files share, and what it is for: `bpf-map`, `io_uring`, `eventfd`. */
  | { readonly kind: 'anonymous'; readonly name: string }
  /** A file of memory, or one that was deleted, with its hostile path: whether it lies in memory, its mount tells. */
  | { readonly kind: 'memfd' | 'deleted'; readonly path: string }
  | { readonly kind: 'other' };

const other: DescriptorKind = { kind: 'other' };
const deletion = ' (deleted)';

/**
 * Pure: what the text of one link tells (proc_pid_fd(5)). The kernel's own names begin with no slash, and so no path can pass for one;
 * `/memfd:` is one that a file may have, too, which its mount decides.
 */
export function descriptorKind(link: string): DescriptorKind {
  const [, kind, inode] = /^(socket|pipe):\[(\d{1,20})\]$/.exec(link) ?? [];
  if (inode !== undefined) return { kind: kind === 'socket' ? 'socket' : 'pipe', inode };
  const [, name] = /^anon_inode:\[?([A-Za-z][\w -]{0,31})(?::\d+)?\]?$/.exec(link) ?? [];
  if (name !== undefined) return { kind: 'anonymous', name };
  if (!link.startsWith('/') || !link.endsWith(deletion)) return other;
  const path = link.slice(0, -deletion.length);
  return { kind: path.startsWith('/memfd:') ? 'memfd' : 'deleted', path };
}
