import { readFileSync } from 'node:fs';

const text = readFileSync(new URL('../../docs/kubernetes.md', import.meta.url), 'utf8');

/** The YAML blocks of docs/kubernetes.md by the comment of their first line, which is the file's name and what it is there for. */
export const blocks: ReadonlyMap<string, string> = new Map(
  [...text.matchAll(/^```yaml\n# (.*)\n([\s\S]*?)^```$/gm)].map(([, title = '', body = '']) => [title, body]),
);

/** How many YAML blocks there are, with such a first line or without. */
export const blockCount = [...text.matchAll(/^```ya?ml/gm)].length;

/** One of them; throws for a title that is not there. */
export function block(title: string): string {
  const body = blocks.get(title);
  if (body === undefined) throw new Error(`docs/kubernetes.md has no YAML block that starts with "# ${title}"`);
  return body;
}

/** What follows `kubectl` in the one line with `kubectl debug`, as words; no quotes are among them. */
export function debugCommand(): readonly string[] {
  const line = /^\$ kubectl (.* debug .*)$/m.exec(text)?.[1];
  if (line === undefined) throw new Error('docs/kubernetes.md has no line with kubectl debug');
  return line.split(' ');
}
