import type { GenericIssue } from 'valibot';
import { printable } from '../untrusted.ts';
import { redactAddress, redactIfAddress } from './endpoint-address.ts';
import { isAddress, isSecretive, type Path } from './path.ts';

/** What is wrong with one part of the document; where that part stands in a file, or on the command line, is for the caller to say. */
export interface Fault {
  readonly path: Path;
  /** A field of that part, when it is the field's name that is wrong rather than the value. Not to be shown: see `isSecretive`. */
  readonly field?: string;
  readonly message: string;
}

/** The faults behind valibot's issues. Unknown fields are left to unknown-fields.ts, for valibot names only the first of each mapping. */
export function faultsOf(issues: readonly GenericIssue[], parent: Path = []): Fault[] {
  const faults = new Map<string, Fault>();
  for (const fault of issues.flatMap((issue) => faultsOfIssue(issue, parent))) faults.set(JSON.stringify(fault), fault);
  return [...faults.values()];
}

function faultsOfIssue(issue: GenericIssue, parent: Path): readonly Fault[] {
  const items = issue.path ?? [];
  const path = [...parent, ...items.map(({ key }) => (typeof key === 'number' ? key : String(key)))];
  // valibot takes a list for a mapping with other fields
  const list = items.findIndex(({ type, input }) => type === 'object' && Array.isArray(input));
  if (list !== -1) return [{ path: path.slice(0, parent.length + list), message: 'expected a mapping (field: value), got a list' }];
  if (issue.expected === 'never') return [];
  if (items.at(-1)?.origin === 'key') return [{ path, message: 'required, but missing' }];

  // of a union: the issues of the alternative whose type the value has
  const closer = issue.issues?.filter((inner) => inner.kind !== 'schema' || inner.path !== undefined) ?? [];
  if (closer.length > 0) return faultsOf(closer, path);

  const expected = issue.type === 'strict_object' ? 'a mapping (field: value)' : issue.message;
  return [{ path, message: `expected ${expected}${got(issue, path)}` }];
}

// to redact an address, all of it is gone through, and by aliases a long one stands in many places
const maxShownCharacters = 4096;

function got({ input, kind, type }: GenericIssue, path: Path): string {
  if (input === null || input === undefined) return ', got nothing';
  if (typeof input === 'object') {
    if (kind !== 'schema') return ''; // a rule about the whole of it, and the rule says enough
    return Array.isArray(input) ? ', got a list' : ', got a mapping';
  }
  if (isSecretive(path) || type === 'strict_object' || type === 'array') return `, got a ${typeof input}`;
  if (typeof input !== 'string') return `, got ${String(input)}`;
  if (input.length > maxShownCharacters) return `, got a text of ${input.length} characters`;
  return `, got "${printable(isAddress(path) ? redactAddress(input) : redactIfAddress(input), 64)}"`;
}
