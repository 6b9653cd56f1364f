/**
 * What it means that a component grows from load to load, or from day to day. `leak`: nobody takes it back; `cache`: the kernel or Go
 * reclaims it when memory is short; `neutral`: no leak by itself, for something else bounds it; `elsewhere`: another book has the same
 * bytes in more detail.
 */
export type GrowthMeaning = 'leak' | 'cache' | 'neutral' | 'elsewhere';

/** What the alerts say of an account that grows. */
interface Alert {
  /** As a sentence's subject. */
  readonly title: string;
  /** Whose runbook it is, by name of src/causes/index.ts; none where no single cause is likely. */
  readonly cause?: string;
}

type TableName = 'go' | 'rss' | 'cgroup';

/**
 * The file, field or arithmetic that it is read from, and its color in charts. An owner has the same hue in every book: Go blue and green,
 * C and other foreign memory red and orange, files yellow, the kernel purple; gray is free or unknown.
 */
type Shown = { readonly source: string; readonly color: string };

/** What can leak has an alert, or names the account whose alert is of the same bytes. */
type Grows =
  | { readonly growth: 'leak'; readonly alert: Alert | `${TableName}_${string}` }
  | { readonly growth: Exclude<GrowthMeaning, 'leak'>; readonly alert?: Alert };

/** One component: beside that its words for people, and the subtotal that it lies within, if any. */
export type ComponentRow = Shown & Grows & { readonly label: string; readonly within?: string };

/** All that is said of a book's components, once. Everything that lists components follows from it; the order is that of the waterfall. */
export interface BookTable<Name extends string = string, Row extends ComponentRow = ComponentRow> {
  /** What the alerts' accounts begin with. */
  readonly name: TableName;
  /** The metric family that has them in its label `component`. */
  readonly family: string;
  readonly components: Readonly<Record<Name, Row>>;
  /** What no component holds. */
  readonly unattributed: Shown & Grows;
}

/** The rows of a book with their names, in the table's order. */
export function rowsOf<Name extends string, Row extends ComponentRow>({
  components,
}: BookTable<Name, Row>): ReadonlyArray<readonly [Name, Row]> {
  return Object.entries(components) as Array<[Name, Row]>;
}

/** The names of a book's components that something holds for. */
export function namesOf<Name extends string, Row extends ComponentRow>(
  table: BookTable<Name, Row>,
  holds: (row: Row) => boolean,
): readonly Name[] {
  return rowsOf(table).flatMap(([name, row]) => (holds(row) ? [name] : []));
}
