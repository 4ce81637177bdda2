import type { Runtime } from '../../ports/runtime.ts'

const TAIL_BYTES = 8 * 1024
const LINES = 20

/** The end of a workload's log: the evidence beside a reason. Empty if there is no log. */
export async function lastLines(
  runtime: Runtime,
  workloadId: string,
  most: { readonly bytes: number; readonly lines: number } = { bytes: TAIL_BYTES, lines: LINES },
): Promise<string[]> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of runtime.instances.logs({ workloadId, replica: 0 }, { from: -most.bytes, follow: false }))
      chunks.push(chunk.bytes)
  } catch {
    return [] // The reason stands without its log, and saying it matters more.
  }
  const text = Buffer.concat(chunks).toString('utf8').trimEnd()
  return text === '' ? [] : text.split('\n').slice(-most.lines)
}
