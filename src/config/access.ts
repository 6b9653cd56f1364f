import * as v from 'valibot';
import { fileName, pem } from './leaves.ts';

/** `basic_auth`, as Prometheus has it: a user name, and its password or the file of it. */
export const basicAuth = v.pipe(
  v.strictObject({
    username: v.pipe(
      v.string('a user name'),
      v.title('string'),
      // RFC 7617: the first colon ends the user name
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is kept out
      v.regex(/^[^:\x00-\x1f\x7f]*$/, 'a user name without a colon and control characters'),
      v.description('The user name.'),
    ),
    password: v.pipe(
      v.optional(v.pipe(v.string('a password as text (put it in quotes)'), v.title('secret'))),
      v.description('The password itself.'),
    ),
    password_file: v.pipe(
      v.optional(fileName),
      v.description('A file with the password, read again for every request. White space around it is dropped.'),
    ),
  }),
  v.check((auth) => exactlyOne(auth.password, auth.password_file), 'either password or password_file'),
  v.description('A user name and a password for the address. Give either password or password_file.'),
);

/** `authorization`, as Prometheus has it: the scheme, and its credentials or the file of them. */
export const authorization = v.pipe(
  v.strictObject({
    type: v.pipe(
      v.optional(
        v.pipe(
          v.string('an authorization scheme such as Bearer'),
          v.title('string'),
          v.regex(/^[\w!#$%&'*+.^`|~-]+$/, 'an authorization scheme such as Bearer'), // a token: RFC 9110, 5.6.2
          v.check((scheme) => scheme.toLowerCase() !== 'basic', 'an authorization scheme other than Basic (use basic_auth)'),
        ),
        'Bearer',
      ),
      v.description('The scheme, the first word of the Authorization header.'),
    ),
    credentials: v.pipe(
      v.optional(
        v.pipe(
          v.string('credentials as text (put them in quotes)'),
          v.title('secret'),
          v.regex(/^[\x20-\x7e]+$/, 'credentials without line breaks and other characters that a header cannot hold'),
        ),
      ),
      v.description('The token itself.'),
    ),
    credentials_file: v.pipe(
      v.optional(fileName),
      v.description('A file with the token, read again for every request, for tokens rotate. White space around it is dropped.'),
    ),
  }),
  v.check((auth) => exactlyOne(auth.credentials, auth.credentials_file), 'either credentials or credentials_file'),
  v.description('A token for the address. Give either credentials or credentials_file. Not together with basic_auth.'),
);

/** `tls_config`, as Prometheus has it: whom to trust, and who memgap is. */
export const tlsConfig = v.pipe(
  v.strictObject({
    ca: v.pipe(v.optional(pem('ca')), v.description('The certificates to trust, instead of those that the system trusts.')),
    ca_file: v.pipe(v.optional(fileName), v.description('A PEM file with them, read again when it changes.')),
    cert: v.pipe(v.optional(pem('cert')), v.description('The certificate that memgap shows.')),
    cert_file: v.pipe(v.optional(fileName), v.description('A PEM file with it, read again when it changes.')),
    key: v.pipe(v.optional(pem('key')), v.description('The private key of that certificate (a secret).')),
    key_file: v.pipe(v.optional(fileName), v.description('A PEM file with it, read again when it changes.')),
    server_name: v.pipe(
      v.optional(v.pipe(v.string('a host name'), v.title('string'), v.nonEmpty('a host name'))),
      v.description("The name that the server's certificate must have, when it is not the URL's host."),
    ),
    insecure_skip_verify: v.pipe(
      v.optional(v.boolean('true or false (in YAML 1.2, yes and no are text)'), false),
      v.description('Accept any certificate. Whoever is on the way can then read the credentials: for tests only.'),
    ),
  }),
  v.forward(
    v.check((tls) => atMostOne(tls.ca, tls.ca_file), 'either ca or ca_file, not both'),
    ['ca'],
  ),
  v.forward(
    v.check((tls) => atMostOne(tls.cert, tls.cert_file), 'either cert or cert_file, not both'),
    ['cert'],
  ),
  v.forward(
    v.check((tls) => atMostOne(tls.key, tls.key_file), 'either key or key_file, not both'),
    ['key'],
  ),
  v.check(
    (tls) => (tls.cert ?? tls.cert_file) === undefined || (tls.key ?? tls.key_file) !== undefined,
    'key or key_file beside the certificate',
  ),
  v.check(
    (tls) => (tls.key ?? tls.key_file) === undefined || (tls.cert ?? tls.cert_file) !== undefined,
    'cert or cert_file beside the key',
  ),
  v.description('TLS settings for https addresses. Without them the certificate is checked against what the system trusts.'),
);

function exactlyOne(...choices: readonly unknown[]): boolean {
  return choices.filter((choice) => choice !== undefined).length === 1;
}

function atMostOne(...choices: readonly unknown[]): boolean {
  return choices.filter((choice) => choice !== undefined).length <= 1;
}
