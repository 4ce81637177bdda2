import { createClient, type Client } from '@mllab/sdk'
import type { Command } from 'commander'

import { connectionFrom, type Connection } from './connection/connection.ts'
import { readLogin } from './connection/stored-login.ts'
import { UsageError } from './failures.ts'
import { printAnswer } from './output/print.ts'
import type { Surroundings } from './surroundings.ts'

/** What every action works with: the connection, once it is known from flags, and where answers go. */
export interface Context {
  readonly surroundings: Surroundings
  readonly connection: Connection
  readonly client: Client
  /** The one named, or the default. Fails with a `UsageError` without either. */
  project(named: string | undefined): string
  /** For people as a table or fields, for programs as JSON. */
  print(answer: unknown): Promise<void>
  /** A line for people, beside the answer. */
  note(text: string): void
  readonly signal: AbortSignal
}

interface GlobalOptions {
  readonly url?: string
  readonly token?: string
  readonly output?: 'table' | 'json'
}

export async function contextOf(command: Command, surroundings: Surroundings): Promise<Context> {
  const options = command.optsWithGlobals<GlobalOptions>()
  const connection = connectionFrom(options, surroundings.env, await readLogin(surroundings))
  const { stdout, stderr, signal } = surroundings
  return {
    surroundings,
    connection,
    client: createClient({
      baseUrl: connection.url,
      ...(connection.token === undefined ? {} : { token: connection.token }),
    }),
    project: (named) => {
      const project = named ?? connection.project
      if (project === undefined)
        throw new UsageError(
          'Which project? Name it with --project or LAB_PROJECT, or choose one: mllab use <project>.',
        )
      return project
    },
    print: (answer) => printAnswer(answer, options.output ?? (stdout.isTTY ? 'table' : 'json'), stdout),
    note: (text) => void stderr.write(`${text}\n`),
    signal,
  }
}
