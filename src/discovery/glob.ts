/**
 * Whether the whole of a text fits a pattern: `*` stands for any text, `?` for any one character, all else for itself. In time of the
 * product of both lengths at most, whatever the text: a regular expression could be made to hang by a hostile name.
 */
export function fits(pattern: string, text: string): boolean {
  let at = 0;
  let position = 0;
  let star = -1;
  let retry = 0;
  while (position < text.length) {
    const wanted = pattern[at];
    if (wanted === '*') {
      star = at;
      retry = position;
      at += 1;
    } else if (wanted !== undefined && (wanted === '?' || wanted === text[position])) {
      at += 1;
      position += 1;
    } else if (star >= 0) {
      retry += 1;
      position = retry;
      at = star + 1;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}
