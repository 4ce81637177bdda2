import type { Client } from '@mllab/sdk'

/** How a client reaches the server that runs now. */
export interface Caller {
  readonly url: string
  readonly token: string
  readonly api: Client
  /** Somebody else, who comes in only where he is let in. */
  readonly guest: { readonly username: string; readonly token: string }
  /** Where the server keeps everything. */
  readonly dataRoot: string
}
