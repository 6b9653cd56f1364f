import { gzipSync } from 'node:zlib';
import type { Recording } from './recording.ts';

/** What this memgap writes; it reads no newer one. */
export const format = 1;

/** The bytes of a file: gzip of JSON, in which each text stands once and is named by its number. */
export function encodeRecording(recording: Recording): Buffer {
  return gzipSync(recordingJson(recording), { level: 9 });
}

/** The JSON of it, a line for each poll and each text. */
export function recordingJson({ polls, ...about }: Recording): string {
  const numbers = new Map<string, number>();
  const numbered = polls.map((poll) => {
    const reads = Object.entries(poll.reads).map(([what, list]) => [
      what,
      list.map((kept) => ('text' in kept ? { ...kept, text: numberOf(kept.text) } : kept)),
    ]);
    return { ...poll, reads: Object.fromEntries(reads) };
  });
  const lines = (list: readonly unknown[]) => list.map((each) => JSON.stringify(each)).join(',\n');
  return `{"format":${format},"about":${JSON.stringify(about)},"polls":[\n${lines(numbered)}\n],"texts":[\n${lines([...numbers.keys()])}\n]}\n`;

  function numberOf(text: string): number {
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  }
}
