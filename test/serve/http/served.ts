import type { FastifyInstance } from 'fastify';
import type { TargetState, Targets } from '../../../src/causes/state.ts';
import type { Deps } from '../../../src/serve/http/deps.ts';
import { createServer } from '../../../src/serve/http/server.ts';

/** Targets that count how often they were looked at. */
export interface CountedTargets extends Targets {
  readonly looks: () => number;
}

/** These states, found by their exact names. */
export function targetsOf(states: readonly TargetState[]): CountedTargets {
  let looks = 0;
  return {
    looks: () => looks,
    all: () => {
      looks += 1;
      return states;
    },
    find: (name) => {
      looks += 1;
      return states.find((state) => state.name === name);
    },
  };
}

/** What a server needs, with these states; the log throws, so that no test passes over an error inside memgap. */
export function depsOf(states: readonly TargetState[], rest: Partial<Deps> = {}): Deps {
  return {
    targets: targetsOf(states),
    self: {
      version: '0.1.0',
      revision: '0123abc',
      configLoad: () => ({ successful: true, succeededAt: 1715128000 }),
      stuckReaders: () => 0,
    },
    telemetryPath: '/metrics',
    externalHosts: [],
    lifecycle: false,
    stopping: () => false,
    log: {
      error: (fields, message) => {
        throw new Error(`${message} ${JSON.stringify(fields)}`);
      },
    },
    ...rest,
  };
}

/** A server of these states, to be asked by `inject`. */
export function served(states: readonly TargetState[], rest: Partial<Deps> = {}): FastifyInstance {
  return createServer(depsOf(states, rest));
}
