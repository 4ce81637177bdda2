/** A value as one short text for people; undefined if it needs more room than that. */
export function cell(key: string, value: unknown): string | undefined {
  if (value === null || value === undefined || value === '') return '-'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number') return key.endsWith('Bytes') ? sizeText(value) : String(value)
  if (typeof value === 'string') return isTime(value) ? timeText(value) : printable(value)
  if (Array.isArray(value)) return listText(value)
  return objectText(value as Record<string, unknown>) // nothing else is in JSON
}

/** `createdAt` is `created`, `sizeBytes` is `size`: how the value is shown says the rest. */
export function title(key: string): string {
  return key
    .replace(/(?<=.)(At|Bytes)$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
}

/** Names and descriptions come from other people: no control characters reach the terminal. */
export function printable(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/\p{Cc}/gu, '\u{fffd}')
}

export function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length - 1, bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3))
  const amount = bytes / 1000 ** power
  return `${power > 0 && amount < 100 ? amount.toFixed(1) : Math.round(amount)} ${units[power]}`
}

function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text)
}

/** In the time zone of whoever reads it. */
function timeText(text: string): string {
  const at = new Date(text)
  const two = (part: number) => String(part).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`
}

function listText(list: readonly unknown[]): string | undefined {
  const texts = list.map((item) => (isObject(item) ? pairText(item) : cell('', item)))
  if (texts.includes(undefined)) return undefined
  return texts.join(', ') || '-'
}

/** `{ key: 'auc', value: 0.9 }` is `auc=0.9`. */
function pairText(object: Record<string, unknown>): string | undefined {
  const values = Object.values(object)
  if (values.length > 4 || values.some(isObject)) return undefined
  const [first, second] = values
  return `${cell('', first)}=${cell('', second)}`
}

/** What names an object, or its state: a person, a version, a workload. */
function objectText(object: Record<string, unknown>): string | undefined {
  if (Object.keys(object).length === 0) return '-'
  const { status, username, name, version, slug } = object
  if (typeof status === 'string') return status
  if (typeof version === 'number') return typeof name === 'string' ? `${printable(name)}@${version}` : String(version)
  const text = [username, name, slug].find((one) => typeof one === 'string')
  return text === undefined ? undefined : printable(text)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
