import { isIPv4 } from 'node:net';

/** Who a connection counts for: an IPv4 address, and of an IPv6 one the /64, for one machine has them all (RFC 4291 section 2.5.4). */
export function clientOf(address: string | undefined): string {
  if (address === undefined) return ''; // the other end is gone already
  const mapped = address.replace(/^::ffff:(?=\d+\.)/i, ''); // an IPv4 client of a socket that listens on ::
  if (isIPv4(mapped)) return mapped;
  const [left = '', right] = (address.split('%')[0] ?? '').split('::');
  const groups = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const zeros = Array.from({ length: Math.max(0, right === undefined ? 0 : 8 - groups.length - tail.length) }, () => '0');
  return `${[...groups, ...zeros, ...tail].slice(0, 4).join(':')}::/64`;
}
