/** Values of a dashboard's variables; "All" is `.*`. */
export type Variables = Readonly<Record<string, string>>;

/** Seconds: the range that is looked at, its step, and the window of a rate. */
export interface Span {
  readonly range: number;
  readonly step: number;
  readonly rate: number;
}

/** A query with its variables filled in, as Grafana sends it. Throws for a variable that has no value. */
export function interpolate(expression: string, variables: Variables, { range, step, rate }: Span): string {
  const values: Variables = { ...variables, __range: `${range}s`, __interval: `${step}s`, __rate_interval: `${rate}s` };
  return expression.replace(/\$(?:\{(\w+)\}|([a-z_]\w*))/g, (_, braced: string | undefined, bare: string | undefined) => {
    const name = braced ?? bare ?? '';
    const value = values[name];
    if (value === undefined) throw new Error(`no value for the variable ${name} of ${expression}`);
    return value;
  });
}
