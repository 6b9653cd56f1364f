/** One entry of an Accept or Accept-Encoding header (RFC 9110, section 12.5): the value in lower case, its parameters, its weight. */
export interface Accepted {
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly weight: number;
}

/** The entries of such a header, most wanted first, in the client's order where it wants them alike; those of weight 0 are left out. */
export function acceptedBy(header: string | undefined): readonly Accepted[] {
  const entries = (header ?? '').split(',').map(entry);
  return entries.filter(({ value, weight }) => value !== '' && weight > 0).sort((one, other) => other.weight - one.weight);
}

function entry(text: string): Accepted {
  const [value = '', ...rest] = text.split(';').map((part) => part.trim().toLowerCase());
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const [name = '', setting = ''] = parameter.split('=');
    parameters.set(name.trim(), setting.trim().replace(/^"(.*)"$/, '$1'));
  }
  const weight = Number(parameters.get('q') ?? 1);
  return { value, parameters, weight: weight >= 0 && weight <= 1 ? weight : 0 };
}
