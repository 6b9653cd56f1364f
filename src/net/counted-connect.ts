import { Socket } from 'node:net';
import { buildConnector } from 'undici';
import { descriptorShares } from '../descriptors.ts';

let openSockets = 0;

/**
 * undici's way to connect, for all endpoints together within memgap's share of descriptors: above it the code is that of a process which
 * has none left, although the listener still has its own. `connecting` holds the sockets that still connect, of which a pool does not know:
 * an AbortSignal for all of them (net's `signal`) kept a listener of each that failed.
 */
export function countedConnect(
  options: buildConnector.BuildOptions,
  connecting: Set<Socket> = new Set(),
  maxOpen: number = descriptorShares().asking,
): buildConnector.connector {
  const connect = buildConnector(options);
  return (target, callback) => {
    if (openSockets >= maxOpen) return void setImmediate(() => callback(noneLeft(), null));
    openSockets += 1;
    try {
      const made: unknown = connect(target, (...[error, socket]: Parameters<buildConnector.Callback>) => {
        if (made instanceof Socket) connecting.delete(made);
        if (error !== null) {
          openSockets -= 1;
          return callback(error, null);
        }
        socket.once('close', () => {
          openSockets -= 1;
        });
        callback(null, socket);
      });
      if (made instanceof Socket && made.connecting) connecting.add(made); // undici's connector returns it, which its types don't say
    } catch (error) {
      openSockets -= 1; // options that node:tls refuses; undici makes a failed request of it
      throw error;
    }
  };
}

function noneLeft(): Error {
  return Object.assign(new Error('memgap has no descriptor to spare'), { code: 'EMFILE' });
}
