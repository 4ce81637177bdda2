import { setTimeout } from 'node:timers/promises'

import type { Client, WorkloadState } from '@mllab/sdk'
import { Argument, type Command } from 'commander'

import { contextOf, type Context } from '../context.ts'
import { chunksOf, writeOut } from '../output/print.ts'
import type { Surroundings } from '../surroundings.ts'

const AGAIN_AFTER_MS = 500
const ENDED: readonly WorkloadState['status'][] = ['stopped', 'failed']

export function addLogs(program: Command, surroundings: Surroundings): void {
  const command = program
    .command('logs')
    .addArgument(new Argument('<kind>').choices(['workspace', 'service']))
    .argument('<slug>')
    .description('print the log of a workspace or service')
    .option('--project <slug>', 'of which it is; default: LAB_PROJECT, then the one of `mllab use`')
    .option('-f, --follow', 'go on until it ends')
    .option('--tail <bytes>', 'how much of the end', '65536')
    .action(async (kind: 'workspace' | 'service', slug: string, options: LogsOptions) => {
      const context = await contextOf(command, surroundings)
      const log = logOf(context.client, kind, { project: context.project(options.project), slug })
      let offset = await show(context, await log.read({ from: -Math.abs(Number(options.tail)) }, context.signal))
      while (options.follow) {
        const { status } = await log.state(context.signal)
        // Looked at before: what ends while it is followed has written everything by the time it is read.
        offset = await show(
          context,
          await log.read({ from: offset, follow: !ENDED.includes(status) }, context.signal),
          offset,
        )
        if (ENDED.includes(status)) return
        await setTimeout(AGAIN_AFTER_MS, undefined, { signal: context.signal })
      }
    })
}

interface LogsOptions {
  readonly project?: string
  readonly follow?: boolean
  readonly tail: string
}

interface WorkloadLog {
  read(query: { from: number; follow?: boolean }, signal: AbortSignal): Promise<Response>
  state(signal: AbortSignal): Promise<WorkloadState>
}

function logOf(
  client: Client,
  kind: 'workspace' | 'service',
  { project, slug }: { project: string; slug: string },
): WorkloadLog {
  if (kind === 'workspace') {
    const params = { project, workspace: slug }
    return {
      read: (query, signal) => client.workspaces.logs({ params, query: asText(query) }, { signal }),
      state: async (signal) => (await client.workspaces.get({ params }, { signal })).state,
    }
  }
  const params = { project, service: slug }
  return {
    read: (query, signal) => client.services.logs({ params, query: asText(query) }, { signal }),
    state: async (signal) => (await client.services.get({ params }, { signal })).state,
  }
}

/** Prints what comes, and answers the offset of what will come next. A connection that breaks is the end of what came. */
async function show({ surroundings, signal }: Context, response: Response, from?: number): Promise<number> {
  let offset = from ?? Number(response.headers.get('lab-log-offset') ?? 0)
  try {
    for await (const chunk of chunksOf(response)) {
      await writeOut(surroundings.stdout, chunk)
      offset += chunk.byteLength
    }
  } catch (error) {
    if (signal.aborted || !(error instanceof TypeError)) throw error
  }
  return offset
}

function asText({ from, follow = false }: { from: number; follow?: boolean }) {
  return { from, follow: String(follow) }
}
