import { LabProblem } from '@mllab/sdk'

/** The server's word about a field or anything inside of it: `datasets` for `body.datasets.0.path`. */
export function innerError(error: unknown, field: string): string | undefined {
  if (!(error instanceof LabProblem)) return undefined
  return error.problem.fields.find((one) => {
    const name = one.field.replace(/^body\./, '')
    return name === field || name.startsWith(`${field}.`)
  })?.message
}
