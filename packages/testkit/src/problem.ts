import { LabProblem } from '@mllab/sdk'

/** The code of the error a call ends with, or `done`. */
export async function problemCode(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'done'
  } catch (error) {
    if (error instanceof LabProblem) return error.code
    throw error
  }
}

/** The problem a call ends with. Throws if it ends well. */
export async function problemOf(call: Promise<unknown>): Promise<LabProblem['problem']> {
  try {
    await call
  } catch (error) {
    if (error instanceof LabProblem) return error.problem
    throw error
  }
  throw new Error('it was done')
}
