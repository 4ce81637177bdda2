import { PassThrough } from 'node:stream'

import { createProgram } from '../../packages/cli/src/index.ts'
import { code, markdownTable, page } from './markdown.ts'

/** `mllab upload`; arguments of the API's commands are flags too, and described there. */
const EVERY_DAY_WORDS = 2

type Command = ReturnType<typeof createProgram>

/** Every command with its arguments and flags. */
export function cliPage(): string {
  const program = createProgram(nowhere, () => true)
  const isGroup = (command: Command) => command.commands.length > 0
  const groups = program.commands.filter(isGroup)
  return page(
    'mllab',
    `Each endpoint of the API is a command, \`mllab <group> <name>\`. At a terminal answers are tables and fields, elsewhere JSON. Errors are a
sentence, what to do, and the request id, with exit code 1; a wrong call ends with 2.

Values may be \`@file\`, or \`-\` for stdin; \`@@x\` is the text \`@x\`. Flags that can be repeated fill lists and, as \`KEY=VALUE\`, objects.`,
    flagTable(program),
    `The server itself: \`mllab up\` starts it with everything it needs, \`mllab config\` prints its settings ([settings.md](settings.md)),
\`mllab version\` its version.`,
    '## Every day',
    ...program.commands.filter((command) => !isGroup(command)).map(section),
    ...groups.flatMap((group) => [`## ${group.name()}`, ...group.commands.map(section)]),
  )
}

function section(command: Command): string {
  const names: string[] = []
  for (let at: Command | null = command; at; at = at.parent) names.unshift(at.name())
  const args = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '…' : ''}`
    return argument.required ? `<${name}>` : `[${name}]`
  })
  const described = command.registeredArguments.filter(({ description }) => description !== '')
  return [
    `### ${names.join(' ')}`,
    code([...names, ...args].join(' ')),
    `${command.description().replace(/^./, (letter) => letter.toUpperCase())}.`,
    ...(described.length > 0 && names.length === EVERY_DAY_WORDS
      ? [described.map((argument) => `- ${code(argument.name())}: ${argument.description}`).join('\n')]
      : []),
    ...(command.options.length > 0 ? [flagTable(command)] : []),
  ].join('\n\n')
}

function flagTable(command: Command): string {
  return markdownTable(
    ['flag', 'meaning'],
    command.options.map(({ flags, description }) => [code(flags), description]),
  )
}

/** Nothing is run, so nothing is read or written. */
const nowhere = {
  env: {},
  home: '',
  hostname: '',
  stdin: new PassThrough(),
  stdout: new PassThrough(),
  stderr: new PassThrough(),
  signal: new AbortController().signal,
}
