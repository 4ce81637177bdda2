import type { Comparison, ExperimentWithTags, SearchWords } from '../../modules/tracking/tracking.ts'

/** What experiments can be searched by (MLflow: SearchExperimentsUtils). There are few of them, so this needs no database. */
export const experimentWords: SearchWords = {
  entities: ['attribute', 'tag'],
  textAttributes: ['name', 'experiment_id'],
  numberAttributes: ['creation_time', 'last_update_time'],
}

export function matches(experiment: ExperimentWithTags, comparisons: readonly Comparison[]): boolean {
  return comparisons.every((comparison) => {
    const actual =
      comparison.entity === 'tag'
        ? experiment.tags.find(({ key }) => key === comparison.key)?.value
        : attributeOf(experiment, comparison.key)
    if (comparison.operator === 'IS NULL') return actual === undefined
    if (comparison.operator === 'IS NOT NULL') return actual !== undefined
    return actual !== undefined && holds(actual, comparison)
  })
}

/** Last changed first unless it is asked otherwise. */
export function experimentOrder(
  sort: readonly { readonly key: string; readonly ascending: boolean }[],
): (a: ExperimentWithTags, b: ExperimentWithTags) => number {
  const terms = [...sort, { key: 'last_update_time', ascending: false }, { key: 'experiment_id', ascending: true }]
  return (a, b) => {
    for (const { key, ascending } of terms) {
      const [x, y] = key === 'experiment_id' ? [a.number, b.number] : [attributeOf(a, key), attributeOf(b, key)]
      if (x !== y) return x < y === ascending ? -1 : 1
    }
    return 0
  }
}

function attributeOf(experiment: ExperimentWithTags, key: string): string | number {
  switch (key) {
    case 'name':
      return experiment.name
    case 'experiment_id':
      return String(experiment.number)
    case 'creation_time':
      return experiment.created_at
    default:
      return experiment.updated_at
  }
}

function holds(actual: string | number, { operator, value }: Comparison): boolean {
  if (Array.isArray(value)) return value.includes(String(actual)) === (operator === 'IN')
  if (operator === 'LIKE') return isLike(String(actual), String(value))
  if (operator === 'ILIKE') return isLike(String(actual).toLowerCase(), String(value).toLowerCase())
  const wanted = value as string | number // lists and null went above
  switch (operator) {
    case '=':
      return actual === wanted
    case '!=':
      return actual !== wanted
    case '<':
      return actual < wanted
    case '<=':
      return actual <= wanted
    case '>':
      return actual > wanted
    default:
      return actual >= wanted
  }
}

/** SQL's `%` and `_`, without going back further than the last `%`: a pattern cannot be made to take long. */
function isLike(text: string, pattern: string): boolean {
  const [given, wanted] = [[...text], [...pattern]]
  let [at, want, star, retry] = [0, 0, -1, 0]
  while (at < given.length) {
    if (wanted[want] === '%') {
      star = want
      retry = at
      want += 1
    } else if (wanted[want] === '_' || (want < wanted.length && wanted[want] === given[at])) {
      at += 1
      want += 1
    } else if (star >= 0) {
      want = star + 1
      retry += 1
      at = retry
    } else return false
  }
  return wanted.slice(want).every((one) => one === '%')
}
