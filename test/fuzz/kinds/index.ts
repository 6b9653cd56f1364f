import type { Kind } from '../kind.ts';
import { bookKinds } from './books.ts';
import { cgroupKinds } from './cgroup.ts';
import { executableKinds } from './executable.ts';
import { goKinds } from './go.ts';
import { kernelKinds } from './kernel.ts';
import { kubernetesKinds } from './kubernetes.ts';
import { processKinds } from './process.ts';
import { runtimeKinds } from './runtime.ts';
import { wordKinds } from './words.ts';

/** Every kind of input, in the order in which they are run. */
export const kinds: readonly Kind[] = [
  ...goKinds,
  ...processKinds,
  ...kernelKinds,
  ...cgroupKinds,
  ...kubernetesKinds,
  ...executableKinds,
  ...runtimeKinds,
  ...wordKinds,
  ...bookKinds,
];
