import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';
import { hasRoom, whenNothingWaits } from '../files/turns.ts';

/**
 * So much is given to undici's parser at once. It parses a piece to its end although the connection was cut within it, and makes an error,
 * with its stack, of each header above the limit: 64 KiB of them were 200 ms.
 */
const maxPieceBytes = 4 * 1024;

/**
 * A connector whose sockets take in more only while the turn has room. Without it a socket that a server fills is read 32 times in a row
 * (libuv, uv__read), 2 MiB, and so is each other one. Not by pausing undici: a connection that ends while its parser is paused throws where
 * nobody can catch it (nodejs/undici#5360).
 */
export function inTurns(connect: buildConnector.connector): buildConnector.connector {
  return (place, callback) =>
    connect(place, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      readInTurns(socket);
      callback(null, socket);
    });
}

/** Readable calls `_read` when it wants more; the answer may come at any time. undici calls `read` until there is nothing. */
function readInTurns(socket: Socket): void {
  const readNow = socket._read.bind(socket);
  socket._read = (size) => {
    if (hasRoom()) readNow(size);
    else
      whenNothingWaits(() => {
        if (!socket.destroyed) readNow(size);
      });
  };
  const take = socket.read.bind(socket);
  socket.read = (size) => (socket.destroyed ? null : take(size ?? pieceOf(socket.readableLength)));
}

function pieceOf(buffered: number): number | undefined {
  return buffered === 0 ? undefined : Math.min(buffered, maxPieceBytes);
}
