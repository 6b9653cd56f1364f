/** Where to listen. Without a host: on every address of the machine, IPv6 and IPv4. */
export interface ListenAddress {
  readonly host: string | undefined;
  readonly port: number;
}

const pattern = /^(?:\[([0-9a-fA-F:.%a-z]+)\]|([^:[\]/\s]*)):(\d{1,5})$/;

/** `--web.listen-address`, as Prometheus spells it: `:9779`, `127.0.0.1:9779`, `[::1]:9779`, `localhost:9779`; `undefined` for anything else. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const [, bracketed, plain, digits] = pattern.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) return undefined;
  return { host: bracketed ?? (plain || undefined), port };
}
