/** The kinds of address that a target has, by their names in the config. */
export type Kind = 'pprof' | 'expvar' | 'metrics';

/** An address as the config has it, without its credentials. */
export interface TargetAddress {
  /** `http:`, `https:` or `unix:/SOCKET:/HTTP/PATH`. */
  readonly url: string;
  /** What its `tls_config` says; absent where there is none. */
  readonly tls?: TlsLines;
}

/** The fields of a `tls_config`, by their names; what stands in the config itself is told as a file that it would be in. */
export interface TlsLines {
  readonly ca_file?: string;
  readonly cert_file?: string;
  readonly key_file?: string;
  readonly server_name?: string;
  readonly insecure_skip_verify?: true;
}

/** The addresses of one target. */
export type Addresses = { readonly [kind in Kind]?: TargetAddress };

/** As controller-runtime serves it: its own certificate is made anew at each start, so there is no authority to name. */
export function usualAddress(kind: Kind): TargetAddress {
  return { url: `https://127.0.0.1:8443${usualPaths[kind]}`, tls: { insecure_skip_verify: true } };
}

const usualPaths = { pprof: '/debug/pprof', expvar: '/debug/vars', metrics: '/metrics' } satisfies Record<Kind, string>;

/**
 * Pure: the long form of an address in a config; what it leaves out would be lost in a copy. A config has no TLS settings without https.
 */
export function addressLines({ url, tls = {} }: TargetAddress): readonly string[] {
  const fields = (url.startsWith('https:') ? Object.entries(tls) : []).map(
    ([field, value]) => `  ${field}: ${value === true ? value : scalar(value)}`,
  );
  return [`url: ${scalar(url)}`, ...(fields.length === 0 ? [] : ['tls_config:', ...fields])];
}

/** Pure: what a role must let its owner `get`. Of pprof it is a tree: memgap asks for pages below the index. */
export function pathsOf(kind: Kind, { url }: TargetAddress): readonly string[] {
  const path = /^unix:[^:]*:(.*)$/s.exec(url)?.[1] ?? new URL(url).pathname;
  return (kind === 'pprof' ? [path, `${path.replace(/\/$/, '')}/*`] : [path]).map(scalar);
}

/** A text as YAML: plain where it is certain to mean itself, also between brackets; no number or truth value looks like that. */
export function scalar(text: string): string {
  return /^(?=.*[./])[A-Za-z/][\w./:*-]*$/.test(text) && !text.endsWith(':') ? text : JSON.stringify(text);
}
