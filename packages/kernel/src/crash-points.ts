import { channel } from 'node:diagnostics_channel'

/** Where tests listen that end the process at a crash point. Nothing in the program does. */
export const CRASH_POINTS = 'mllab:crash-point'

const reached = channel(CRASH_POINTS)

/**
 * Marks a moment between two durable steps: whoever starts again afterwards must find his way from here. Costs a look at a flag unless
 * code that was loaded into the process subscribed to the channel; no setting and no request can.
 */
export function crashPoint(name: string): void {
  if (reached.hasSubscribers) reached.publish(name)
}
