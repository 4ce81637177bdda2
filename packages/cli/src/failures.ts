import { isCertificateProblem, LabProblem } from '@mllab/sdk'

/** The command was called wrongly: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Something a person has to know: what is wrong, and what to do. Exit code 1. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly fix: string

  constructor(message: string, fix: string) {
    super(message)
    this.fix = fix
  }
}

/** Exit code of a program that Ctrl-C ended. */
const INTERRUPTED = 130

/** What to print for whatever was thrown, a sentence first, and the exit code. */
export function explain(error: unknown): { readonly lines: readonly string[]; readonly exitCode: number } {
  if (isAbort(error)) return { lines: ['Stopped.'], exitCode: INTERRUPTED }
  if (error instanceof UsageError) return { lines: [error.message, 'See --help.'], exitCode: 2 }
  if (error instanceof Failure) return { lines: [error.message, error.fix], exitCode: 1 }
  if (error instanceof LabProblem) return { lines: linesOf(error), exitCode: 1 }
  if (error instanceof TypeError && error.cause instanceof Error)
    return { lines: unreachable(error.cause), exitCode: 1 }
  if (error instanceof Error && 'syscall' in error) return { lines: [`${error.message}.`], exitCode: 1 }
  return { lines: [error instanceof Error ? (error.stack ?? error.message) : String(error)], exitCode: 1 }
}

function linesOf({ problem }: LabProblem): string[] {
  const fix = problem.code === 'NOT_SIGNED_IN' ? 'Sign in: mllab login <url>; or set LAB_API_TOKEN.' : problem.fix
  const fields = problem.fields.map(({ field, message }) => `  ${field.replace(/^\w+\./, '')}: ${message}`)
  return [
    problem.detail,
    ...(fields.length > 1 ? fields : []),
    fix,
    ...(problem.requestId ? [`Request id: ${problem.requestId}`] : []),
  ]
}

/** `fetch` says no more than that it failed; its cause knows why. */
function unreachable(cause: Error): string[] {
  if (cause.name === 'NotReadableError') return ['A file changed while it was sent.', 'Try again.']
  const code = 'code' in cause ? String(cause.code) : cause.message
  if (isCertificateProblem(code))
    return [
      `The server’s certificate is not trusted here (${code}).`,
      'If it signs its own, copy tls/self-signed.crt out of its data root and name it with LAB_CA_FILE; for Python programs, with REQUESTS_CA_BUNDLE.',
    ]
  return [`The server does not answer (${code}).`, 'Start it with `mllab up`, or name another with --url.']
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
