/** Where an HTTP answer is had: `http:` or `https:`, with `localhost` as the host of a unix socket. */
export interface EndpointAddress {
  readonly url: string;
  readonly socketPath?: string;
}

/** An address, or what was expected in its place (a clause that continues "expected ..."). */
export type AddressResult = { readonly ok: true; readonly value: EndpointAddress } | { readonly ok: false; readonly expected: string };

/** The address that a person wrote: `http://HOST...`, `https://HOST...` or `unix:/SOCKET:/HTTP/PATH`. */
export function parseAddress(text: string): AddressResult {
  const isUnix = text.startsWith('unix:');
  if (!isUnix && !/^https?:\/\/[^/\\]/i.test(text)) return expected('an http, https or unix: URL');
  // URL would drop line breaks silently and encode spaces
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\s\x00-\x1f\x7f]/.test(text)) return expected('a URL without spaces and control characters');
  if (/[?#]/.test(text)) return expected('a URL without ?query and #fragment (memgap adds what it needs)');
  return isUnix ? parseUnix(text) : parseHttp(text);
}

/** An address as it may be shown: whatever may hold a password or a token is left out. */
export function redactAddress(text: string): string {
  return text
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1***@') // up to the last @, for a password may hold one
    .replace(/[?#].*$/s, '');
}

/** A text that is no address where all is right, as it may be shown: an address in its place may hold a password all the same. */
export function redactIfAddress(text: string): string {
  return text.includes('://') ? redactAddress(text) : text;
}

function parseHttp(text: string): AddressResult {
  if (!URL.canParse(text)) return expected('a URL with a host and, at most, a port and a path');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return expected('a URL without user info (use basic_auth)');
  return { ok: true, value: { url: url.href } };
}

// sun_path has room for 108 bytes and a NUL: unix(7)
const maxSocketPathBytes = 107;

function parseUnix(text: string): AddressResult {
  const [, socketPath, path] = /^unix:(\/[^:]+):(\/.*)$/.exec(text) ?? [];
  if (socketPath === undefined || path === undefined) return expected('unix:, an absolute socket path, a colon and an HTTP path');
  if (Buffer.byteLength(socketPath) > maxSocketPathBytes) return expected(`a socket path of at most ${maxSocketPathBytes} bytes`);
  const result = parseHttp(`http://localhost${path}`);
  return result.ok ? { ok: true, value: { ...result.value, socketPath } } : result;
}

function expected(what: string): AddressResult {
  return { ok: false, expected: what };
}
