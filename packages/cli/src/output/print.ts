import type { Terminal } from '../surroundings.ts'
import { cell } from './cells.ts'
import { fields } from './fields.ts'
import { table } from './table.ts'

/** Writes an answer: as JSON, or for people. Resolves when it is out. */
export async function printAnswer(answer: unknown, form: 'table' | 'json', stdout: Terminal): Promise<void> {
  if (answer === undefined) return
  const text = form === 'json' ? JSON.stringify(answer, null, 2) : forPeople(answer, stdout.columns || Infinity)
  await writeOut(stdout, `${text}\n`)
}

/** The bytes of an answer as they come. */
export function chunksOf({ body }: Response): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  return (body as AsyncIterable<Uint8Array> | null) ?? [] // bodies of `fetch` are bytes
}

/** Waits while whoever reads is slower. */
export function writeOut(stdout: Terminal, bytes: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) =>
    stdout.write(bytes, (error) => {
      if (error) reject(error)
      else resolve()
    }),
  )
}

function forPeople(answer: unknown, width: number): string {
  if (typeof answer !== 'object' || answer === null) return cell('', answer) ?? ''
  const rows = rowsOf(answer)
  if (!rows) return fields(answer as Record<string, unknown>) // JSON
  return rows.length === 0 ? 'There are none.' : table(rows, width)
}

/** Of a page of a list. */
function rowsOf(answer: object): Record<string, unknown>[] | undefined {
  const items: unknown = 'items' in answer && 'next' in answer ? answer.items : undefined
  return Array.isArray(items) ? (items as Record<string, unknown>[]) : undefined // pages hold objects
}
