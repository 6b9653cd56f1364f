import type { ChildProcessWithoutNullStreams } from 'node:child_process';

/** What a child has written to both of its streams, and its exit code once it has ended. */
export function toldBy(child: ChildProcessWithoutNullStreams) {
  const told: { said: string; code: number | null | undefined } = { said: '', code: undefined };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      told.said += text;
    });
  }
  child.once('close', (status: number | null) => {
    told.code = status;
  });
  return told;
}
