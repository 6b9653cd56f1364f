import { found, missing, type Reading } from '../model/reading.ts';
import type { Endpoint, Secret } from '../model/target.ts';
import { readSecretFile, secretFileName } from './secret-file.ts';

/**
 * The `authorization` header of an endpoint, `undefined` where it needs none. A secret's file is read anew each time, for tokens rotate
 * (Kubernetes: hourly). `denied` for a file that can't be read, `malformed` for a secret that is empty or can't stand in a header.
 */
export async function authorizationOf(endpoint: Endpoint): Promise<Reading<string | undefined>> {
  if (endpoint.authorization !== undefined) {
    const { type, credentials } = endpoint.authorization;
    const secret = await readSecret(credentials, 'authorization credentials');
    if (!secret.ok) return secret;
    // RFC 9110 section 5.5: what a header's value may hold; the check also keeps a token's line break from becoming a second header
    if (!/^[\x21-\x7e]+$/.test(type) || !/^[\x20-\x7e]+$/.test(secret.value)) {
      return missing('malformed', `${named(credentials, 'authorization credentials')}: characters that a header can't carry`);
    }
    return found(`${type} ${secret.value}`);
  }
  if (endpoint.basicAuth !== undefined) {
    const { username, password } = endpoint.basicAuth;
    const secret = await readSecret(password, 'basic_auth password');
    if (!secret.ok) return secret;
    // RFC 7617 section 2: the first colon ends the name
    if (/[:\p{Cc}]/u.test(username)) return missing('malformed', 'basic_auth username: holds a colon or a control character');
    return found(`Basic ${Buffer.from(`${username}:${secret.value}`).toString('base64')}`);
  }
  return found(undefined);
}

async function readSecret(secret: Secret, what: string): Promise<Reading<string>> {
  const held = 'text' in secret ? found(secret.text) : await readText(secret.file, what);
  if (!held.ok) return held;
  if (held.value === '') return missing('malformed', `${named(secret, what)}: empty`);
  if (/\p{Cc}/u.test(held.value)) return missing('malformed', `${named(secret, what)}: holds a control character or a line break`);
  return held;
}

async function readText(path: string, what: string): Promise<Reading<string>> {
  const file = await readSecretFile(path, `${what}_file`);
  return file.ok ? found(file.value.toString('utf8').trim()) : file; // editors and `echo` end a file with a line break
}

function named(secret: Secret, what: string): string {
  return 'text' in secret ? what : secretFileName(secret.file, `${what}_file`);
}
