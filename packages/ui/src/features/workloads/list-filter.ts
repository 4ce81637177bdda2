import { workloadStatusNames, type WorkloadStatus } from '../../lib/status.ts'
import { parseFilter } from '../../lib/filter.ts'

/** What the filter bar of a list of workloads says, as the API takes it. The last word about a thing counts. */
export function workloadFilter(text: string): {
  search: string | undefined
  status: WorkloadStatus | undefined
  mine: boolean
} {
  const terms = parseFilter(text)
  const search = terms.flatMap((term) => (term.kind === 'text' ? [term.value] : [])).join(' ')
  const valueOf = (field: string) =>
    terms.findLast((term) => term.kind === 'is' && term.field === field && term.value !== '')
  const status = valueOf('status')
  const owner = valueOf('owner')
  return {
    search: search || undefined,
    status: status?.kind === 'is' ? workloadStatusNames.find((name) => name === status.value.toLowerCase()) : undefined,
    mine: owner?.kind === 'is' && owner.value === 'me',
  }
}
