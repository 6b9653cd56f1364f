import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { found, missing, type Reading } from '../model/reading.ts';
import type { Secret, TlsConfig } from '../model/target.ts';
import { readSecretFile, stampOfSecretFile } from './secret-file.ts';

/**
 * What node:tls needs for a tls_config: files are read, and keys parsed, here and now, so that a bad one is named before any connection.
 * `denied` for a file that can't be read, `malformed` for one that holds no certificate or no key that fits. node:tls is loaded here, for
 * the few who have one: with node:crypto it takes 2.9 MiB.
 */
export async function tlsOptions(tls: TlsConfig): Promise<Reading<ConnectionOptions>> {
  const ca = await pem(tls.ca, tls.caFile, 'tls_config ca');
  if (!ca.ok) return ca;
  const cert = await pem(tls.cert, tls.certFile, 'tls_config cert');
  if (!cert.ok) return cert;
  const key = await pem(textOf(tls.key), fileOf(tls.key), 'tls_config key');
  if (!key.ok) return key;
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  const { createSecureContext } = process.getBuiltinModule('node:tls');
  try {
    if (ca.value !== undefined) new X509Certificate(ca.value); // createSecureContext takes a CA without a certificate in silence
    const secureContext = createSecureContext({ ca: ca.value, cert: cert.value, key: key.value });
    return found({ secureContext, rejectUnauthorized: !tls.insecureSkipVerify, ...nameOptions(tls.serverName) });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no PEM'; // OpenSSL's code quotes nothing of the file
    return missing(
      'malformed',
      `tls_config: the certificates or the key can't be used (${code}); they must be PEM, and the key the cert's`,
    );
  }
}

/** Changes when a file of a tls_config does (certificates rotate); one that can't be asked has a stamp too. */
export async function tlsStamp(tls: TlsConfig): Promise<string> {
  const stamps: string[] = [];
  for (const path of [tls.caFile, tls.certFile, fileOf(tls.key)]) {
    if (path !== undefined) stamps.push(await stampOfSecretFile(path));
  }
  return stamps.join(' ');
}

/** RFC 6066 section 3 forbids an address as SNI, so for one only the check is told. */
function nameOptions(serverName: string | undefined): ConnectionOptions {
  if (serverName === undefined) return {};
  if (isIP(serverName) === 0) return { servername: serverName };
  const { checkServerIdentity } = process.getBuiltinModule('node:tls');
  return { checkServerIdentity: (_, certificate) => checkServerIdentity(serverName, certificate) };
}

async function pem(text: string | undefined, file: string | undefined, what: string): Promise<Reading<string | Buffer | undefined>> {
  return file === undefined ? found(text) : readSecretFile(file, `${what}_file`);
}

function textOf(secret: Secret | undefined): string | undefined {
  return secret !== undefined && 'text' in secret ? secret.text : undefined;
}

function fileOf(secret: Secret | undefined): string | undefined {
  return secret !== undefined && 'file' in secret ? secret.file : undefined;
}
