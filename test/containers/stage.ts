import { join } from 'node:path';
import { after, before, type TestContext } from 'node:test';
import { ability, type Host, startHost } from './host.ts';
import { imageRoot, locateOperator, operatorRoot } from './roots.ts';

/** What containers of a test file are started on and from. */
export interface Stage {
  readonly host: Host;
  /** memgap's root. */
  readonly image: string;
  /** The operator's. */
  readonly operators: string;
}

/**
 * Sets the stage before the tests of a file and takes it away after them. What it returns skips the test that asks where there can be none.
 */
export function stage(): (t: TestContext) => Stage | undefined {
  const able = ability();
  const operator = locateOperator();
  let host: Host | undefined;
  let set: Stage | undefined;
  before(async () => {
    if (!able.ok || !operator.ok) return;
    host = await startHost();
    const image = await imageRoot(join(host.folder, 'image'));
    set = { host, image, operators: operatorRoot(join(host.folder, 'operator'), operator.value) };
  });
  after(() => host?.stop());
  return (t) => {
    if (!able.ok) t.skip(able.detail);
    else if (!operator.ok) t.skip(operator.detail);
    return set;
  };
}
