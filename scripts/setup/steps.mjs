// Progress for people. Runs on Node 18 and later, like everything in this folder.

/** A sentence for the person at the terminal. Printed without a stack. */
export class StepError extends Error {}

/**
 * Runs one step under a line that says what is going on, and how long it took if that was worth telling.
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const startedAt = Date.now()
  process.stderr.write(`• ${title}\n`)
  const result = await work()
  const seconds = (Date.now() - startedAt) / 1000
  if (seconds >= 1) process.stderr.write(`  done in ${seconds.toFixed(1)} s\n`)
  return result
}

/**
 * Runs the program, and ends it with the one sentence of a StepError, or with everything we know of any other error.
 * @param {() => Promise<number>} program answers the exit code
 */
export async function main(program) {
  try {
    process.exitCode = await program()
  } catch (error) {
    process.stderr.write(error instanceof StepError ? `${error.message}\n` : `${error.stack}\n`)
    process.exitCode = 1
  }
}
