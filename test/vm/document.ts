/** Sizes by component, in bytes. */
export type Sizes = Readonly<Record<string, number>>;

/** What the statements ask of the document of `explain --json` and /api/v1/ledger. What is not known is absent. */
export interface Document {
  readonly taken_at: number;
  readonly target: { readonly pid?: number };
  readonly go?: { readonly total: number; readonly used: number; readonly components: Sizes; readonly not_resident?: number };
  readonly rss?: {
    readonly total: number;
    readonly source: string;
    readonly components?: Sizes;
    readonly unattributed?: number;
    readonly released_resident?: { readonly floor: number; readonly ceiling: number };
  };
  readonly cgroup?: Group;
  readonly causes?: ReadonlyArray<{ readonly name: string; readonly bytes?: number }>;
  readonly sources: Readonly<Record<string, { readonly ok: boolean; readonly reason?: string; readonly detail?: string }>>;
}

/** The cgroup book. */
export interface Group {
  readonly version: number;
  readonly found_by: string;
  readonly total: number;
  readonly components: Sizes;
  readonly unattributed: number;
  readonly limit?: number;
  readonly headroom?: number;
  readonly headroom_most?: number;
  readonly unreclaimable: number;
  readonly working_set: number;
  readonly inactive_file: number;
  readonly levels_visible: number;
}

/** The sum of a partition. */
export function sum(parts: Sizes): number {
  return Object.values(parts).reduce((total, part) => total + part, 0);
}

/** A size of the document that must be there. */
export function part(sizes: Sizes | undefined, name: string): number {
  return sizes?.[name] ?? Number.NaN;
}

export const mib = 1024 ** 2;
