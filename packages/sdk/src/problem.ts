import type { Problem } from '@mllab/contract'

/** What the server answered instead of a result. `problem.fix` says what to do, `problem.requestId` finds it in the log. */
export class LabProblem extends Error {
  override readonly name = 'LabProblem'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }

  get code(): Problem['code'] {
    return this.problem.code
  }

  get status(): number {
    return this.problem.status
  }

  /** The message for a field of the input, `name` for `body.name`. */
  field(name: string): string | undefined {
    return this.problem.fields.find(({ field }) => field === name || field === `body.${name}`)?.message
  }
}

/** Codes by which Node says that it does not trust a server's certificate. */
export function isCertificateProblem(code: string): boolean {
  return /^(?:DEPTH_ZERO_)?SELF_SIGNED_CERT|^UNABLE_TO_(?:GET_ISSUER|VERIFY)|^CERT_|^ERR_TLS_CERT/.test(code)
}
