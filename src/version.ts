/** memgap's version, as package.json has it: the bundler writes it in; a run from source has none. */
export const version = process.env.MEMGAP_VERSION ?? 'dev';

/** The git revision that the bundle was made from. */
export const revision = process.env.MEMGAP_REVISION ?? 'unknown';
