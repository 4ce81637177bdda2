import { CommanderError } from 'commander'

import { explain } from './failures.ts'
import { createProgram } from './program.ts'
import type { Surroundings } from './surroundings.ts'

export { commandSpecs, kebab, type CommandSpec, type FlagSpec } from './commands/specs.ts'
export { createProgram } from './program.ts'
export type { Surroundings } from './surroundings.ts'

const WRONG_USAGE = 2

/** Runs one command to its end and answers the exit code: 0, 1 if it failed, 2 if it was called wrongly. */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const program = createProgram(surroundings, (group) => args.includes(group))
  try {
    await program.parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE
    const { lines, exitCode } = explain(error)
    surroundings.stderr.write(`mllab: ${lines.join('\n')}\n`)
    return exitCode
  }
}
