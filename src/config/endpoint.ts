import * as v from 'valibot';
import { authorization, basicAuth, tlsConfig } from './access.ts';
import { address, size } from './leaves.ts';

/** The fields that say how an address is reached. */
export const access = {
  basic_auth: v.pipe(v.optional(basicAuth), v.description('User name and password.')),
  authorization: v.pipe(v.optional(authorization), v.description('A token.')),
  tls_config: v.pipe(v.optional(tlsConfig), v.description('Whom to trust, and which certificate to show.')),
};

/** What is wrong with both kinds of credentials in one place. */
export const oneKind = 'either basic_auth or authorization, not both';

/** An address in its long form. */
export const endpoint = v.pipe(
  v.strictObject({
    url: address,
    ...access,
    body_size_limit: v.pipe(v.optional(size), v.description("Instead of the target's body_size_limit.")),
  }),
  v.forward(
    v.check((place) => place.basic_auth === undefined || place.authorization === undefined, oneKind),
    ['authorization'],
  ),
  v.description("The long form of an address. What it gives replaces the target's; either kind of credentials replaces both kinds."),
);

/** One address of the checked document, in the long form. */
export type CheckedEndpoint = v.InferOutput<typeof endpoint>;

const shortForm = v.pipe(
  address,
  v.transform((url): CheckedEndpoint => ({ url })),
);

/** An address in either form. */
export const endpointOrUrl = v.union([shortForm, endpoint], 'a URL, or a mapping with url');
