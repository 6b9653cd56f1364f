import { check, description, forward, type InferOutput, optional, pipe, strictObject, transform, union } from 'valibot';
import { authorization, basicAuth, tlsConfig } from './access.ts';
import { address, size } from './leaves.ts';

/** The fields that say how an address is reached. */
export const access = {
  basic_auth: pipe(optional(basicAuth), description('User name and password.')),
  authorization: pipe(optional(authorization), description('A token.')),
  tls_config: pipe(optional(tlsConfig), description('Whom to trust, and which certificate to show.')),
};

/** What is wrong with both kinds of credentials in one place. */
export const oneKind = 'either basic_auth or authorization, not both';

/** An address in its long form. */
export const endpoint = pipe(
  strictObject({
    url: address,
    ...access,
    body_size_limit: pipe(optional(size), description("Instead of the target's body_size_limit.")),
  }),
  forward(
    check((place) => place.basic_auth === undefined || place.authorization === undefined, oneKind),
    ['authorization'],
  ),
  description("The long form of an address. What it gives replaces the target's; either kind of credentials replaces both kinds."),
);

/** One address of the checked document, in the long form. */
export type CheckedEndpoint = InferOutput<typeof endpoint>;

const shortForm = pipe(
  address,
  transform((url): CheckedEndpoint => ({ url })),
);

/** An address in either form. */
export const endpointOrUrl = union([shortForm, endpoint], 'a URL, or a mapping with url');
