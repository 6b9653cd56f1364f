import { buildConnector } from 'undici';
import { descriptorShares } from '../../descriptors.ts';

let open = 0;

/**
 * undici's way to connect, for all endpoints together within memgap's share of descriptors: above it the code is that of a process which has
 * none left, although the listener still has its own.
 */
export function countedConnect(options: buildConnector.BuildOptions, most: number = descriptorShares().asking): buildConnector.connector {
  const connect = buildConnector(options);
  return (target, callback) => {
    if (open >= most) return void setImmediate(() => callback(noneLeft(), null));
    open += 1;
    try {
      connect(target, (...[error, socket]: Parameters<buildConnector.Callback>) => {
        if (error !== null) {
          open -= 1;
          return callback(error, null);
        }
        socket.once('close', () => {
          open -= 1;
        });
        callback(null, socket);
      });
    } catch (error) {
      open -= 1; // options that node:tls refuses; undici makes a failed request of it
      throw error;
    }
  };
}

function noneLeft(): Error {
  return Object.assign(new Error('memgap has no descriptor to spare'), { code: 'EMFILE' });
}
