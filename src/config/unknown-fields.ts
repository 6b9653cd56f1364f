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

/** A fault for every field that the schema does not have, with the field that was meant if one is near. */
export function unknownFields(schema: Shape, value: unknown, path: Path = []): Fault[] {
  if (typeof value !== 'object' || value === null) return [];
  if (schema.wrapped !== undefined) return unknownFields(schema.wrapped, value, path);
  if (schema.options !== undefined) return schema.options.flatMap((option) => unknownFields(option, value, path));
  if (Array.isArray(value)) {
    const { item } = schema;
    return item === undefined ? [] : value.flatMap((element, index) => unknownFields(item, element, [...path, index]));
  }
  if (schema.entries === undefined) return [];

  const faults: Fault[] = [];
  for (const [name, inner] of Object.entries(value)) {
    const field = Object.hasOwn(schema.entries, name) ? schema.entries[name] : undefined;
    if (field !== undefined) faults.push(...unknownFields(field, inner, [...path, name]));
    else faults.push(unknownField(name, Object.keys(schema.entries), path));
  }
  return faults;
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
