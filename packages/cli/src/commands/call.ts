import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import type { Client } from '@mllab/sdk'

import type { Context } from '../context.ts'
import { UsageError } from '../failures.ts'
import { chunksOf, writeOut } from '../output/print.ts'
import type { Input } from './input.ts'
import type { CommandSpec } from './specs.ts'

interface Page {
  readonly items: readonly unknown[]
  readonly next: string | null
}

/** A client whose functions are chosen by name: the inputs are checked by the server. */
type LooseClient = Readonly<
  Record<string, Readonly<Record<string, (input: Input, call: { signal: AbortSignal }) => Promise<unknown>>>>
>

/** Calls the endpoint and shows what it answers. */
export async function call(
  spec: CommandSpec,
  input: Input,
  options: { readonly all: boolean; readonly to?: string },
  context: Context,
): Promise<void> {
  const send = (more: Readonly<Record<string, unknown>> = {}) =>
    functionOf(context.client, spec)({ ...input, query: { ...input.query, ...more } }, { signal: context.signal })
  const answer = await send()
  if (answer instanceof Response) return await passOn(answer, options.to, context)
  if (!isPage(answer)) return await context.print(answer)
  const items = [...answer.items]
  let next = answer.next
  while (options.all && next !== null) {
    const page = (await send({ cursor: next })) as Page // the same endpoint answers the same shape
    items.push(...page.items)
    next = page.next
  }
  await context.print({ ...answer, items, next })
  if (next !== null) context.note(`There are more: --all, or --cursor ${next}`)
}

function functionOf(client: Client, { group, key }: CommandSpec) {
  const found = (client as unknown as LooseClient)[group]?.[key] // made from the same contract
  if (!found) throw new Error(`the client has no ${group}.${key}`)
  return found
}

/** Bytes go to the file, or to stdout as they are. */
async function passOn(response: Response, to: string | undefined, { surroundings, signal }: Context): Promise<void> {
  const { stdout } = surroundings
  const isText = response.headers.get('content-type')?.startsWith('text/') === true
  if (!response.body) return
  if (to !== undefined && to !== '-')
    return await pipeline(Readable.fromWeb(response.body), createWriteStream(to), { signal })
  if (stdout.isTTY && !isText && to === undefined) {
    await response.body.cancel()
    throw new UsageError('These bytes are not for a terminal: choose a file with --to, or - for stdout.')
  }
  for await (const chunk of chunksOf(response)) await writeOut(stdout, chunk)
}

function isPage(answer: unknown): answer is Page {
  return typeof answer === 'object' && answer !== null && 'items' in answer && 'next' in answer
}
