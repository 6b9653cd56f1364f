/** The way to a part of the document: names of known fields, and list positions. */
export type Path = readonly (string | number)[];

/** `targets[0].go.pprof`: a path as a person would point at it; empty for the whole document. */
export function pathText(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
}

const secretive: ReadonlySet<string | number> = new Set(['basic_auth', 'authorization', 'tls_config']);

/** Whether a path leads into a section in which no value and no unknown name is ever repeated: a secret may be misplaced there. */
export function isSecretive(path: Path): boolean {
  return path.some((part) => secretive.has(part));
}

const addresses: ReadonlySet<string | number | undefined> = new Set(['pprof', 'expvar', 'metrics', 'url', 'api']);

/** Whether a path leads to an address, which may hold user info that must not be repeated. */
export function isAddress(path: Path): boolean {
  return addresses.has(path.at(-1));
}
