import { Option, type Command } from 'commander'

import { contextOf } from '../context.ts'
import type { Surroundings } from '../surroundings.ts'
import { call } from './call.ts'
import { flagHelp, flagUsage } from './help.ts'
import { inputFrom, positional, type Given } from './input.ts'
import { commandNames, commandSpecs, groups, type CommandSpec, type FlagSpec } from './specs.ts'

/** Adds a group for each of the contract's, and to those that are `wanted` their commands: making all of them takes time. */
export function addGenerated(program: Command, surroundings: Surroundings, wanted: (group: string) => boolean): void {
  for (const name of groups) {
    const group = program.command(name).description(commandNames(name).join(', ')).helpCommand(false)
    const specs = wanted(name) ? commandSpecs([name]) : []
    for (const spec of specs) addCommand(group, spec, surroundings)
  }
}

function addCommand(group: Command, spec: CommandSpec, surroundings: Surroundings): void {
  const { endpoint, flags } = spec
  const command = group.command(spec.name).description(endpoint.summary)
  for (const flag of positional(spec)) command.argument(`[${flag.name}]`, flag.description)
  const options = new Map(flags.map((flag) => [flag.name, addFlag(command, flag)]))
  const isPaged = flags.some(({ place, field }) => place === 'query' && field === 'cursor')
  if (isPaged) command.option('--all', 'all pages')
  if (typeof endpoint.body === 'object')
    command.option('--json <json>', 'the whole body as JSON, @file or - for stdin; flags win over it')
  if (endpoint.body === 'bytes') command.option('--from <file>', 'the bytes to send, or - for stdin; required')
  if (endpoint.success.body === 'bytes') command.option('--to <file>', 'where the bytes go, or - for stdout')
  command.action(async () => {
    const context = await contextOf(command, surroundings)
    const { all, to, json, from } = command.opts<{ all?: boolean; to?: string; json?: string; from?: string }>()
    const given: Given = {
      flags: givenFlags(command, options),
      positions: command.args,
      ...(typeof endpoint.body === 'object' && json !== undefined ? { json } : {}),
      ...(endpoint.body === 'bytes' && from !== undefined ? { from } : {}),
    }
    const input = await inputFrom(spec, given, surroundings.stdin, () => context.project(undefined))
    const isBytes = endpoint.success.body === 'bytes'
    await call(spec, input, { all: isPaged && all === true, ...(isBytes && to !== undefined ? { to } : {}) }, context)
  })
}

/** Switches that are on by default are turned off by `--no-…`; those without a default know both. */
function addFlag(command: Command, flag: FlagSpec): Option {
  const isSwitch = flag.schema.type === 'boolean'
  const option = new Option(flagUsage(flag), flagHelp(flag))
  const off = new Option(
    `--no-${flag.name}`,
    isSwitch && flag.default === true ? flagHelp(flag) : `turns --${flag.name} off`,
  )
  if (!isSwitch) option.argParser((text, before: readonly string[] | undefined) => [...(before ?? []), text])
  if (!isSwitch || flag.default !== true) command.addOption(option)
  if (isSwitch && flag.default !== false) command.addOption(off)
  return option
}

function givenFlags(command: Command, options: ReadonlyMap<string, Option>): Given['flags'] {
  const values = command.opts<Record<string, readonly string[] | boolean>>() // as `addFlag` made them
  const given = [...options].flatMap(([name, option]): [string, readonly string[] | boolean][] => {
    const attribute = option.attributeName()
    const value = values[attribute]
    return value !== undefined && command.getOptionValueSource(attribute) === 'cli' ? [[name, value]] : []
  })
  return new Map(given)
}
