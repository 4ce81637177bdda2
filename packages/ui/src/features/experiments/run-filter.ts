import { type FilterTerm, parseFilter } from '../../lib/filter.ts'
import { type RunStatus, runStatusNames } from '../../lib/status.ts'

/** The part of the API's query that the filter bar decides. */
export interface RunQuery {
  /** Part of the name. */
  search: string | undefined
  status: RunStatus | undefined
  /** MLflow's grammar. */
  filter: string | undefined
}

const day = 24 * 3600_000
const units: Record<string, number> = { m: 60_000, h: 3600_000, d: day, w: 7 * day }

/**
 * What stands in the filter bar, as the API takes it. `metrics.…`, `params.…`, `tags.…` and `attributes.…` go into MLflow's grammar, as
 * does `started:7d`; `status:failed` and words have parameters of their own. The `and` of a pasted MLflow filter is understood.
 * @param now epoch milliseconds, for times that are relative
 */
export function runQuery(text: string, now: number): RunQuery {
  const terms = parseFilter(text).filter((term) => !(term.kind === 'text' && term.value.toLowerCase() === 'and'))
  const status = terms.findLast((term) => term.kind === 'is' && term.field === 'status')
  const clauses = terms.flatMap((term) => clausesOf(term, now))
  const names = terms.flatMap((term) => (term.kind === 'text' ? [term.value] : []))
  return {
    search: names.join(' ') || undefined,
    status: status?.kind === 'is' ? runStatusNames.find((name) => name === status.value.toLowerCase()) : undefined,
    filter: clauses.join(' and ') || undefined,
  }
}

function clausesOf(term: FilterTerm, now: number): string[] {
  if (term.kind === 'text' || (term.kind === 'is' && term.field === 'status')) return []
  if (term.field === 'started') return startedClauses(term, now)
  const key = quotedKey(term.field)
  if (term.kind === 'is') return [`${key} = ${literal(term.field, term.value)}`]
  if (term.kind === 'compare') return [`${key} ${term.operator} ${literal(term.field, term.value)}`]
  return [`${key} >= ${literal(term.field, term.from)}`, `${key} <= ${literal(term.field, term.to)}`]
}

/** `started:7d`: in the last seven days. `started:2026-11-01`: since that day. */
function startedClauses(term: Exclude<FilterTerm, { kind: 'text' }>, now: number): string[] {
  if (term.kind === 'range') {
    const [from, to] = [Date.parse(term.from), Date.parse(term.to) + day]
    return Number.isNaN(from) || Number.isNaN(to) ? [] : [startedAt('>=', from), startedAt('<', to)]
  }
  const ago = /^(\d+)([mhdw])$/.exec(term.value)
  const at = ago ? now - Number(ago[1]) * (units[ago[2] ?? ''] ?? day) : Date.parse(term.value)
  if (Number.isNaN(at)) return []
  return [startedAt(term.kind === 'compare' && term.operator.startsWith('<') ? '<' : '>=', at)]
}

const startedAt = (operator: string, at: number) => `attributes.start_time ${operator} ${Math.round(at)}`

/** Metrics are numbers, everything else is text. */
function literal(field: string, value: string): string {
  if (field.startsWith('metrics.') && value.trim() !== '' && Number.isFinite(Number(value))) return value
  return value.includes("'") ? `"${value.replaceAll('"', '')}"` : `'${value}'`
}

/** MLflow wants back ticks around keys with other signs than these. */
function quotedKey(field: string): string {
  const [, group, key] = /^(metrics|params|tags|attributes)\.(.+)$/.exec(field) ?? []
  if (group === undefined || key === undefined) return field
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? field : `${group}.\`${key}\``
}
