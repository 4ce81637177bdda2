import { LabProblem, type Problem } from '@mllab/sdk'

/** What went wrong, for ProblemNotice: as the server says it, or that it did not answer. */
export function problemOf(
  error: unknown,
): Pick<Problem, 'code' | 'title' | 'detail' | 'fix'> & { requestId?: string; docs?: string } {
  if (error instanceof LabProblem) {
    const { code, title, detail, fix, requestId } = error.problem
    return { code, title, detail, fix, ...(requestId ? { requestId } : {}) }
  }
  return {
    code: 'UNAVAILABLE',
    title: 'The server does not answer',
    detail: error instanceof Error ? error.message : String(error),
    fix: 'Look whether it runs and whether the network is up, then try again.',
  }
}

/** The server's word about one field of a form: `name` for `body.name`. */
export const fieldError = (error: unknown, field: string): string | undefined =>
  error instanceof LabProblem ? error.field(field) : undefined

/** A problem that no field of the form shows: it stands at the form's foot. */
export const otherError = (error: unknown, fields: readonly string[]): unknown =>
  error && !fields.some((field) => fieldError(error, field) !== undefined) ? error : null
