import { budgets } from '../budgets.ts';
import { missing } from '../model/reading.ts';

const maxPieces = budgets.bodyPieces.maxPieces;
const minPieceBytes = 1024;

/** Counts the pieces that a server, or the network, cuts a body into: the parsing of HTTP costs by the piece. */
export interface PieceCount {
  /** One more has come; whether there were too many small ones by now. */
  areTooMany(bytes: number): boolean;
}

/** A bucket that each piece takes one out of and each KiB puts one into: what is saved up is never more than at the start. */
export function createPieceCount(): PieceCount {
  let left: number = maxPieces;
  return {
    areTooMany(bytes) {
      left = Math.min(maxPieces, left + bytes / minPieceBytes) - 1;
      return left < 0;
    },
  };
}

/** What becomes of a body that has them. */
export const tooManyPieces = missing(
  'too-large',
  `the body comes in more than ${maxPieces} pieces that are shorter than ${minPieceBytes} bytes`,
);
