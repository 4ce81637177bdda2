import type { Client } from '@mllab/sdk'

/** How a client reaches the server that runs now. */
export interface Caller {
  readonly url: string
  readonly token: string
  readonly api: Client
}
