import { words } from './words.ts'

export type Checked = { value: Record<string, unknown>; error?: undefined } | { value?: undefined; error: string }

/** What somebody typed as the value of a document, or why it is none. */
export function checkJson(text: string): Checked {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? { value } : { error: words('one.notObject') }
  } catch (error) {
    return { error: words('one.notJson', { reason: error instanceof Error ? error.message : String(error) }) }
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const pretty = (value: unknown) => JSON.stringify(value, null, 2)
