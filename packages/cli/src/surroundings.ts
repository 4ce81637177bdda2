import type { Readable, Writable } from 'node:stream'

export type Terminal = Writable & { readonly isTTY?: boolean; readonly columns?: number }

/** Everything the command knows of the machine it runs on; `main.ts` reads it once. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly hostname: string
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Terminal
  readonly stderr: Terminal
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
}
