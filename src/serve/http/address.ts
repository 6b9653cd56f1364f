import { redactAddress } from '../../config/address.ts';
import { printable } from '../../untrusted.ts';

/** Where to listen. Without a host: on every address of the machine, IPv6 and IPv4. */
export interface ListenAddress {
  readonly host: string | undefined;
  readonly port: number;
}

const pattern = /^(?:\[([0-9a-fA-F:.%a-z]+)\]|([^:[\]/@\s]*)):(\d{1,5})$/;

/** `--web.listen-address`, as Prometheus spells it: `:9779`, `127.0.0.1:9779`, `[::1]:9779`, `localhost:9779`; `undefined` for anything else. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const [, bracketed, plain, digits] = pattern.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) return undefined;
  return { host: bracketed ?? (plain || undefined), port };
}

/** All of them, or what is wrong with the first that is none, as one line that names the flag. */
export function parseListenAddresses(texts: readonly string[]): readonly ListenAddress[] | { readonly problem: string } {
  const addresses: ListenAddress[] = [];
  for (const text of texts) {
    const address = parseListenAddress(text);
    if (address === undefined) {
      return { problem: `--web.listen-address: expected HOST:PORT, [IPV6]:PORT or :PORT, got "${printable(redactAddress(text), 128)}"` };
    }
    addresses.push(address);
  }
  return addresses;
}

/** An address as a person writes it. */
export function listenAddressText({ host = '', port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
