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
