import type { QueryClient } from '@tanstack/react-query'
import { redirect } from '@tanstack/react-router'
import { LabProblem } from '@mllab/sdk'
import { addresses } from '../lib/address.ts'
import type { LabApi } from '../lib/api.ts'
import { meQuery } from '../lib/queries.ts'

/** Loads who is signed in; who is not is sent to the login page, and comes back to `here` (path with query). */
export async function requireSession(api: LabApi, queries: QueryClient, here: string) {
  try {
    await queries.ensureQueryData(meQuery(api))
  } catch (error) {
    if (isSignedOut(error)) throw redirect({ to: addresses.login, search: { to: here } })
    throw error
  }
}

export const isSignedOut = (error: unknown) => error instanceof LabProblem && error.code === 'NOT_SIGNED_IN'
