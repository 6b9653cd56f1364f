/** One row of a worked table: what it is called, the arithmetic that is printed for it, and the figure that it gives. */
export interface WorkedRow {
  readonly name: string;
  readonly arithmetic: string;
  readonly figure: number;
}

/** The tables of a page that end in the columns "in numbers" and "bytes", in their order. */
export function workedTables(page: string): ReadonlyArray<readonly WorkedRow[]> {
  const tables: WorkedRow[][] = [];
  let isInside = false;
  for (const line of page.split('\n')) {
    if (!line.startsWith('|')) isInside = false;
    else if (line.endsWith('| in numbers | bytes |')) {
      isInside = true;
      tables.push([]);
    } else if (isInside && !line.startsWith('|---')) {
      const [, name = '', , arithmetic = '', figure = ''] = line.split('|').map((cell) => cell.trim());
      tables.at(-1)?.push({ name: name.replaceAll('`', ''), arithmetic, figure: Number(figure) });
    }
  }
  return tables;
}

/** What sums and products of plain numbers come to: `3 x 4 - 2 / 1`. */
export function calculate(arithmetic: string): number {
  if (!/^\d+( [-+x/] \d+)*$/.test(arithmetic)) return Number.NaN;
  const [first = '', ...others] = arithmetic.split(/ (?=[-+] )/);
  return others.reduce((sum, term) => (term.startsWith('-') ? sum - product(term.slice(2)) : sum + product(term.slice(2))), product(first));
}

function product(term: string): number {
  const [first, ...others] = term.split(/ (?=[x/] )/);
  return others.reduce(
    (sum, factor) => (factor.startsWith('x') ? sum * Number(factor.slice(2)) : sum / Number(factor.slice(2))),
    Number(first),
  );
}
