import { budgets } from '../../budgets.ts';
import type { Room } from './admission.ts';

/** The room that so many descriptors give: all places but three, for those that come in the two turns that room is made in, and for one more then. */
export function roomFor(descriptors: number): Room {
  const connections = Math.max(1, placesOf(descriptors) - 3);
  const quarter = Math.max(1, Math.floor(connections / 4));
  return {
    connections,
    share: quarter,
    kept: Math.min(budgets.keptConnections.maxConnections, quarter),
    unread: budgets.unreadAnswers.maxBytes,
  };
}

/** How many connections may be open at once. */
export function placesOf(descriptors: number): number {
  return Math.min(budgets.connections.maxConnections, descriptors);
}
