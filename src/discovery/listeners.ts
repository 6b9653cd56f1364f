/** A listening TCP socket of /proc/net/tcp or tcp6. */
export interface Listener {
  /** Dotted for IPv4 (also where mapped into IPv6), `::`, `::1`, or the kernel's 32 hex digits for any other. */
  readonly address: string;
  readonly port: number;
  readonly inode: string;
  /** Effective uid of whoever made the socket. */
  readonly uid: number;
}

/** A loopback address that a URL leads to. */
export interface Loopback {
  /** `127.x.y.z`, `::1` or `localhost`, which may be either. */
  readonly host: string;
  readonly port: number;
}

const mapped = '0000000000000000FFFF0000'; // ::ffff:0:0/96 in words of a little-endian machine

/** `sl local remote st tx:rx tr:when retrnsmt uid timeout inode`: of all other sockets, which can be many, no step of ours is spent. */
const listener =
  /^ *\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) [0-9A-F:]+ 0A [0-9A-F:]+ [0-9A-F:]+ [0-9A-F]+ +(\d{1,10}) +\d+ (\d{1,20}) /gm;

/** Pure: the listening sockets (TCP_LISTEN, include/net/tcp_states.h) out of /proc/net/tcp or tcp6 (proc_net(5)); they come first. */
export function parseListeners(text: string): readonly Listener[] {
  const listeners: Listener[] = [];
  for (const [, hex = '', port = '', uid = '', inode = ''] of text.matchAll(listener)) {
    if (inode !== '0') listeners.push({ address: addressOf(hex), port: Number.parseInt(port, 16), inode, uid: Number(uid) });
  }
  return listeners;
}

/** Pure: what a link of /proc/PID/fd to the socket says. */
export function socketName({ inode }: Pick<Listener, 'inode'>): string {
  return `socket:[${inode}]`;
}

/**
 * Pure: those of the listeners that answer at an address of this machine. The kernel prefers the socket bound to the address to one
 * bound to all of them; `localhost` may be either family, so all that could answer count.
 */
export function answering(listeners: readonly Listener[], { host, port }: Loopback): readonly Listener[] {
  const there = listeners.filter((listener) => listener.port === port);
  if (host === 'localhost') return there.filter(({ address }) => ['127.0.0.1', '::1', '0.0.0.0', '::'].includes(address));
  for (const address of host === '::1' ? ['::1', '::'] : [host, '0.0.0.0', '::']) {
    const bound = there.filter((listener) => listener.address === address);
    if (bound.length > 0) return bound;
  }
  return [];
}

/** Pure: where a URL leads when that is this machine itself: `127.0.0.0/8`, `localhost` or `[::1]`; else `undefined`. */
export function loopbackOf(url: string): Loopback | undefined {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname === '[::1]' ? '::1' : hostname;
  if (host !== 'localhost' && host !== '::1' && !/^127(\.\d{1,3}){3}$/.test(host)) return undefined;
  return { host, port: Number(port || (protocol === 'https:' ? 443 : 80)) };
}

function addressOf(hex: string): string {
  if (hex.length === 8) return dotted(hex);
  if (hex.startsWith(mapped)) return dotted(hex.slice(mapped.length));
  if (/^0+$/.test(hex)) return '::';
  return hex === '00000000000000000000000001000000' ? '::1' : hex;
}

function dotted(hex: string): string {
  return Buffer.from(hex, 'hex').reverse().join('.');
}
