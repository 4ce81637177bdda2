import { Command, Option } from 'commander'

import { addGenerated } from './commands/generated.ts'
import type { Surroundings } from './surroundings.ts'
import { addConnect } from './verbs/connect.ts'
import { addDownload } from './verbs/download.ts'
import { addLogin } from './verbs/login.ts'
import { addLogs } from './verbs/logs.ts'
import { addOpen } from './verbs/open.ts'
import { addUpload } from './verbs/upload.ts'

/** `up`, `gateway`, `config`, `reset-password` and `version` are the server program's; the launcher hands them over. */
const SERVER_COMMANDS = `
The server itself:
  up                    start it, with everything it needs
  gateway               have its port in a process of its own, with LAB_GATEWAY=apart
  config                print its settings, where each comes from and what it means
  reset-password <user> give an account a new password; the server has to be stopped
  version               print its version
`

const VALUES = `
Values: @file is the content of a file, - what stdin has, @@x the text @x. Flags that can be repeated fill lists
and, as KEY=VALUE, objects. LAB_ENDPOINT, LAB_API_TOKEN and LAB_PROJECT stand for --url, --token and --project; LAB_CA_FILE names certificates to trust, PEM.
`

/** The whole command. `wanted` says which groups of the API's commands are needed; the others appear by name only. */
export function createProgram(surroundings: Surroundings, wanted: (group: string) => boolean): Command {
  const { stdout, stderr } = surroundings
  const program = new Command('mllab')
    .description('Works with an ML Lab: its API, its files, its logs.')
    .usage('<command> [options]')
    .addOption(new Option('--url <address>', 'the server; default: LAB_ENDPOINT, then the one of `mllab login`'))
    .addOption(new Option('--token <token>', 'mlp_…; default: LAB_API_TOKEN, then the one of `mllab login`'))
    .addOption(new Option('--output <form>', 'default: table at a terminal, json elsewhere').choices(['table', 'json']))
    .addHelpText('after', SERVER_COMMANDS + VALUES)
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHelpWidth: () => stdout.columns || 120,
      getErrHelpWidth: () => stderr.columns || 120,
      outputError: (text, write) => write(text.replace(/^error: /, 'mllab: ')),
    })
    .exitOverride()
  program.commandsGroup('Every day:')
  addLogin(program, surroundings)
  addUpload(program, surroundings)
  addDownload(program, surroundings)
  addLogs(program, surroundings)
  addOpen(program, surroundings)
  addConnect(program, surroundings)
  program.commandsGroup('The API, a command for each endpoint:')
  addGenerated(program, surroundings, wanted)
  return program
}
