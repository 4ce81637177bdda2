import { useQuery } from '@tanstack/react-query'
import { Progress } from '../../components/Gauges.tsx'
import { useApi } from '../../lib/api.ts'
import { operationQuery } from './workspace.queries.ts'

/** How far an operation is, looked at while it is shown. */
export function OperationBar({ project, id, label }: { project: string; id: string; label: string }) {
  const operation = useQuery(operationQuery(useApi(), project, id)).data
  const share = operation && operation.total > 0 ? operation.done / operation.total : null
  return <Progress value={share} label={label} />
}
