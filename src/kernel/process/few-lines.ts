import { budgets } from '../../budgets.ts';
import { missing, type Reading } from '../../model/reading.ts';

const { maxLines } = budgets.procLines;
const tooMany = new RegExp(`(?:[^\\n]*\\n){${maxLines + 1}}`, 'y');

/** The text if it has no more lines than a file of the kernel's that is read line by line; `too-large`, with what it is, if it has. */
export function withFewLines(text: Reading<string>, what: string): Reading<string> {
  tooMany.lastIndex = 0;
  return text.ok && tooMany.test(text.value) ? missing('too-large', `${what} has more than ${maxLines} lines`) : text;
}
