import { errorRegistry, type ErrorCode, type Operation } from '@mllab/contract'

import type { Client } from './client.ts'
import { pause, persistently } from './persistence.ts'
import { LabProblem } from './problem.ts'

const CALL_DEADLINE_MS = 60_000
const FIRST_LOOK_MS = 250
const LAST_LOOK_MS = 2000

/**
 * Waits until long work has ended and answers it done. Throws `LabProblem` with the code the work failed with (`CONFLICT` if somebody cancelled
 * it), or the signal's reason.
 */
export async function operationDone(
  client: Client,
  { project, operation }: { readonly project: string; readonly operation: Operation },
  options: { readonly signal?: AbortSignal | undefined; readonly onChange?: (operation: Operation) => void } = {},
): Promise<Operation> {
  const { signal, onChange } = options
  const params = { project, id: operation.id }
  let seen = operation
  for (let delayMs = FIRST_LOOK_MS; ; delayMs = Math.min(LAST_LOOK_MS, delayMs * 2)) {
    onChange?.(seen)
    if (seen.status === 'done') return seen
    if (seen.finishedAt !== null) throw problemOf(seen)
    await pause(delayMs, signal)
    seen = await persistently((one) => client.operations.get({ params }, { signal: one }), {
      signal,
      deadlineMs: CALL_DEADLINE_MS,
    })
  }
}

export function isOperation(answer: object): answer is Operation {
  return 'steps' in answer && 'status' in answer
}

function problemOf({ status, error, id }: Operation): LabProblem {
  const code = status === 'cancelled' ? 'CONFLICT' : codeOf(error?.code)
  const known = errorRegistry[code]
  return new LabProblem({
    type: 'about:blank',
    code,
    title: known.title,
    status: known.status,
    detail: status === 'cancelled' ? 'It was cancelled.' : (error?.detail ?? known.title),
    fix: known.fix,
    fields: [],
    requestId: id,
  })
}

/** A later server may know codes that this client does not. */
function codeOf(code: string | undefined): ErrorCode {
  return code !== undefined && Object.hasOwn(errorRegistry, code) ? (code as ErrorCode) : 'INTERNAL' // one of its keys
}
