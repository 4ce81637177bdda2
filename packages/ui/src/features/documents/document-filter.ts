import type { DocumentFilter } from '@mllab/sdk'
import { type Comparison, type FilterTerm, parseFilter } from '../../lib/filter.ts'

type Scalar = string | number | boolean | null
interface Condition {
  eq?: Scalar
  ne?: Scalar
  gt?: string | number
  gte?: string | number
  lt?: string | number
  lte?: string | number
}

/**
 * What the filter bar says, as the API takes it: `status:open score >= 0.5 key:r-`. Words alone and `key:` are the beginning of the key;
 * numbers, true, false and null are values of their own type.
 */
export function documentFilter(text: string): { prefix: string | undefined; filter: DocumentFilter | undefined } {
  const terms = parseFilter(text)
  const prefix = terms.findLast((term) => term.kind === 'text' || isKey(term))
  const filter: Record<string, Condition> = {}
  for (const term of terms) {
    if (term.kind === 'text' || isKey(term)) continue
    filter[term.field] = { ...filter[term.field], ...conditionOf(term) }
  }
  return {
    prefix: prefix && 'value' in prefix ? prefix.value : undefined,
    filter: Object.keys(filter).length === 0 ? undefined : filter,
  }
}

const isKey = (term: FilterTerm) => term.kind === 'is' && term.field === 'key'

const operators: Record<Comparison, keyof Condition> = {
  '=': 'eq',
  '!=': 'ne',
  '>': 'gt',
  '>=': 'gte',
  '<': 'lt',
  '<=': 'lte',
}

function conditionOf(term: Exclude<FilterTerm, { kind: 'text' }>): Condition {
  if (term.kind === 'is') return { eq: scalar(term.value) }
  if (term.kind === 'range') return { gte: ordered(term.from), lte: ordered(term.to) }
  const operator = operators[term.operator]
  return { [operator]: operator === 'eq' || operator === 'ne' ? scalar(term.value) : ordered(term.value) }
}

function scalar(text: string): Scalar {
  if (text === 'null') return null
  if (text === 'true' || text === 'false') return text === 'true'
  return ordered(text)
}

const ordered = (text: string): string | number => (/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : text)
