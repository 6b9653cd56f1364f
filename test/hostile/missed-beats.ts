/**
 * The beats without a poll, by the times at which a target was polled, in seconds: between two polls, and at the end of `watched` seconds,
 * of which the first poll was in the first interval. A poll that is late by less than half an interval is on its beat.
 */
export function missedBeats(polls: readonly number[], interval: number, watched: number): readonly number[] {
  const [first] = polls;
  if (first === undefined) return [0];
  const taken = new Set(polls.map((at) => Math.round((at - first) / interval)));
  const beats = Math.floor(watched / interval) - 1; // the last may not have been over yet
  return Array.from({ length: beats }, (_, beat) => beat).filter((beat) => !taken.has(beat));
}
