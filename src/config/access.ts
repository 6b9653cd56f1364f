import { boolean, check, description, forward, nonEmpty, optional, pipe, regex, strictObject, string, title } from 'valibot';
import { fileName, pem } from './leaves.ts';

/** `basic_auth`, as Prometheus has it: a user name, and its password or the file of it. */
export const basicAuth = pipe(
  strictObject({
    username: pipe(
      string('a user name'),
      title('string'),
      // RFC 7617: the first colon ends the user name
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is kept out
      regex(/^[^:\x00-\x1f\x7f]*$/, 'a user name without a colon and control characters'),
      description('The user name.'),
    ),
    password: pipe(optional(pipe(string('a password as text (put it in quotes)'), title('secret'))), description('The password itself.')),
    password_file: pipe(
      optional(fileName),
      description('A file with the password, read again for every request. White space around it is dropped.'),
    ),
  }),
  check((auth) => exactlyOne(auth.password, auth.password_file), 'either password or password_file'),
  description('A user name and a password for the address. Give either password or password_file.'),
);

/** `authorization`, as Prometheus has it: the scheme, and its credentials or the file of them. */
export const authorization = pipe(
  strictObject({
    type: pipe(
      optional(
        pipe(
          string('an authorization scheme such as Bearer'),
          title('string'),
          regex(/^[\w!#$%&'*+.^`|~-]+$/, 'an authorization scheme such as Bearer'), // a token: RFC 9110, 5.6.2
          check((scheme) => scheme.toLowerCase() !== 'basic', 'an authorization scheme other than Basic (use basic_auth)'),
        ),
        'Bearer',
      ),
      description('The scheme, the first word of the Authorization header.'),
    ),
    credentials: pipe(
      optional(
        pipe(
          string('credentials as text (put them in quotes)'),
          title('secret'),
          regex(/^[\x20-\x7e]+$/, 'credentials without line breaks and other characters that a header cannot hold'),
        ),
      ),
      description('The token itself.'),
    ),
    credentials_file: pipe(
      optional(fileName),
      description('A file with the token, read again for every request, for tokens rotate. White space around it is dropped.'),
    ),
  }),
  check((auth) => exactlyOne(auth.credentials, auth.credentials_file), 'either credentials or credentials_file'),
  description('A token for the address. Give either credentials or credentials_file. Not together with basic_auth.'),
);

/** `tls_config`, as Prometheus has it: whom to trust, and who memgap is. */
export const tlsConfig = pipe(
  strictObject({
    ca: pipe(optional(pem('ca')), description('The certificates to trust, instead of those that the system trusts.')),
    ca_file: pipe(optional(fileName), description('A PEM file with them, read again when it changes.')),
    cert: pipe(optional(pem('cert')), description('The certificate that memgap shows.')),
    cert_file: pipe(optional(fileName), description('A PEM file with it, read again when it changes.')),
    key: pipe(optional(pem('key')), description('The private key of that certificate (a secret).')),
    key_file: pipe(optional(fileName), description('A PEM file with it, read again when it changes.')),
    server_name: pipe(
      optional(pipe(string('a host name'), title('string'), nonEmpty('a host name'))),
      description("The name that the server's certificate must have, when it is not the URL's host."),
    ),
    insecure_skip_verify: pipe(
      optional(boolean('true or false (in YAML 1.2, yes and no are text)'), false),
      description('Accept any certificate. Whoever is on the way can then read the credentials: for tests only.'),
    ),
  }),
  forward(
    check((tls) => atMostOne(tls.ca, tls.ca_file), 'either ca or ca_file, not both'),
    ['ca'],
  ),
  forward(
    check((tls) => atMostOne(tls.cert, tls.cert_file), 'either cert or cert_file, not both'),
    ['cert'],
  ),
  forward(
    check((tls) => atMostOne(tls.key, tls.key_file), 'either key or key_file, not both'),
    ['key'],
  ),
  check(
    (tls) => (tls.cert ?? tls.cert_file) === undefined || (tls.key ?? tls.key_file) !== undefined,
    'key or key_file beside the certificate',
  ),
  check((tls) => (tls.key ?? tls.key_file) === undefined || (tls.cert ?? tls.cert_file) !== undefined, 'cert or cert_file beside the key'),
  description('TLS settings for https addresses. Without them the certificate is checked against what the system trusts.'),
);

function exactlyOne(...choices: readonly unknown[]): boolean {
  return choices.filter((choice) => choice !== undefined).length === 1;
}

function atMostOne(...choices: readonly unknown[]): boolean {
  return choices.filter((choice) => choice !== undefined).length <= 1;
}
