import { styleSource } from './style.ts';

/**
 * On every answer, whatever it is. Much of what the pages show came from a target: should anything of it ever get past the escaping,
 * a browser still runs no script, loads nothing, sends nothing and guesses no other type.
 */
export const securityHeaders = {
  'content-security-policy': `default-src 'none'; style-src ${styleSource}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;
