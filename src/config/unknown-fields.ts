import { printable } from '../untrusted.ts';
import type { Fault } from './faults.ts';
import { isSecretive, type Path } from './path.ts';

/** As much of a valibot schema as is needed to know which fields it has. */
interface Shape {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Shape>>;
  readonly wrapped?: Shape;
  readonly item?: Shape;
  readonly options?: readonly Shape[];
}

/** The first so many fields that the schema does not have, each with the field that was meant if one is near. */
export function unknownFields(
  schema: Shape,
  document: unknown,
  maxFaults: number,
): { readonly faults: readonly Fault[]; readonly isCut: boolean } {
  const faults: Fault[] = [];
  let isCut = false;
  walk(schema, document, []);
  return { faults, isCut };

  function walk({ wrapped, options, item, entries }: Shape, value: unknown, path: Path): void {
    if (isCut || typeof value !== 'object' || value === null) return;
    if (wrapped !== undefined) walk(wrapped, value, path);
    else if (options !== undefined) for (const option of options) walk(option, value, path);
    else if (Array.isArray(value)) {
      if (item !== undefined) for (const [index, element] of value.entries()) walk(item, element, [...path, index]);
    } else if (entries !== undefined) fieldsOf(entries, value, path);
  }

  function fieldsOf(entries: Readonly<Record<string, Shape>>, value: object, path: Path): void {
    for (const [name, inner] of Object.entries(value)) {
      const known = Object.hasOwn(entries, name) ? entries[name] : undefined;
      if (known !== undefined) walk(known, inner, [...path, name]);
      else if (faults.length < maxFaults) faults.push(unknownField(name, Object.keys(entries), path));
      else isCut = true;
      if (isCut) return;
    }
  }
}

function unknownField(name: string, known: readonly string[], parent: Path): Fault {
  const meant = known.find((field) => distance(name.toLowerCase(), field) <= 2);
  const hint = meant === undefined ? `the fields here are ${known.join(', ')}` : `did you mean ${meant}?`;
  const shown = isSecretive(parent) ? '' : ` "${printable(name, 64)}"`;
  return { path: parent, field: name, message: `unknown field${shown}; ${hint}` };
}

/** How many letters must be put in, taken out or changed to make one word from the other (Levenshtein); 3 stands for any more. */
function distance(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > 2) return 3;
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (const [column, wanted] of [...other].entries()) {
      const change = (row[column] ?? 0) + (letter === wanted ? 0 : 1);
      next.push(Math.min(change, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return Math.min(row.at(-1) ?? 3, 3);
}
