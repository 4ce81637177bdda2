import { Argument, type Command } from 'commander'

import { contextOf, type Context } from '../context.ts'
import { Failure } from '../failures.ts'
import { writeOut } from '../output/print.ts'
import type { Surroundings } from '../surroundings.ts'

/** What there is a link to, and how it is found. Names are those of the web app's sections. */
const kinds = {
  project: async ({ connection }: Context, project: string) => `${connection.url}/app/p/${project}`,
  workspace: async ({ client, connection, signal }: Context, project: string, workspace: string) => {
    const { url, name } = await client.workspaces.get({ params: { project, workspace } }, { signal })
    if (url === '') throw new Failure(`${name} cannot be opened yet.`, 'Start it first.')
    return new URL(url, `${connection.url}/`).href
  },
  service: async ({ client, connection, signal }: Context, project: string, service: string) => {
    const { ports, name } = await client.services.get({ params: { project, service } }, { signal })
    const [port] = ports
    if (!port) throw new Failure(`${name} has no port.`, 'Only what listens can be opened.')
    return new URL(port.openUrl, `${connection.url}/`).href
  },
  dataset: async ({ connection }: Context, project: string, name: string) =>
    `${connection.url}/app/p/${project}/data/${encodeURIComponent(name)}`,
  model: async ({ connection }: Context, project: string, name: string) =>
    `${connection.url}/app/p/${project}/models/${encodeURIComponent(name)}`,
  run: async ({ client, connection, signal }: Context, project: string, run: string) => {
    const { experiment, id } = await client.runs.get({ params: { project, run } }, { signal })
    return `${connection.url}/app/p/${project}/experiments/${experiment.number}/runs/${id}`
  },
}

export function addOpen(program: Command, surroundings: Surroundings): void {
  const command = program
    .command('open')
    .addArgument(new Argument('[kind]', 'what to open; nothing: the web app').choices(Object.keys(kinds)))
    .argument('[name]', 'slug, name or id of it; for a project the one that is meant if none is named')
    .description('print the link that opens it in a browser')
    .option('--project <slug>', 'of which it is; default: LAB_PROJECT, then the one of `mllab use`')
    .action(async (kind: keyof typeof kinds | undefined, name: string | undefined, options: { project?: string }) => {
      const context = await contextOf(command, surroundings)
      await writeOut(surroundings.stdout, `${await linkTo(kind, name, options.project, context)}\n`)
    })
}

async function linkTo(
  kind: keyof typeof kinds | undefined,
  name: string | undefined,
  project: string | undefined,
  context: Context,
): Promise<string> {
  if (kind === undefined) return `${context.connection.url}/app/`
  if (kind === 'project') return kinds.project(context, context.project(name ?? project))
  if (name === undefined) throw new Failure(`Which ${kind}?`, `mllab open ${kind} <name>`)
  return kinds[kind](context, context.project(project), name)
}
