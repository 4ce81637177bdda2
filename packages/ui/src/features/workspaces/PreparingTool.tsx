import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { Workspace, WorkspaceTool } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { Facts, PageBody, PageHeader, PageLayout } from '../../components/Page.tsx'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { OperationBar } from './OperationBar.tsx'
import { words } from './page-words.ts'
import { isOver, operationQuery, usePrepareTool } from './workspace.queries.ts'

/** A tool that is fetched the first time somebody on this machine opens it, and opens by itself then. */
export function PreparingTool({
  workspace,
  project,
  tool,
}: {
  workspace: Workspace
  project: string
  tool: WorkspaceTool
}) {
  const prepare = usePrepareTool(project, workspace.slug, tool.name)
  const asked = prepare.data?.operation ?? tool.operation
  const operation = useQuery({ ...operationQuery(useApi(), project, asked ?? ''), enabled: asked !== null }).data
  const { mutate, isIdle } = prepare
  useEffect(() => {
    if (tool.state === 'missing' && isIdle) mutate()
  }, [tool.state, isIdle, mutate])
  const over = operation !== undefined && isOver(operation.status)
  const { refresh } = prepare
  useEffect(() => {
    if (over) void refresh()
  }, [over, refresh])

  const problem = prepare.error
    ? problemOf(prepare.error)
    : operation?.status === 'failed' || operation?.status === 'cancelled'
      ? {
          code: operation.error?.code ?? 'CANCELLED',
          title: words('tools.failed', { title: tool.title }),
          detail: operation.error?.detail,
        }
      : tool.state === 'impossible'
        ? { code: 'UNSUPPORTED', title: words('tools.impossible', { title: tool.title }), detail: tool.detail }
        : undefined
  return (
    <PageLayout centred>
      <PageHeader title={workspace.name} below={<Facts>{[tool.title, problem ? null : words('opens')]}</Facts>} />
      <PageBody>
        {problem ? (
          <>
            <ProblemNotice problem={problem} />
            {tool.state === 'missing' ? <Button onClick={() => mutate()}>{words('tools.again')}</Button> : null}
          </>
        ) : (
          <>
            <p>{words('tools.preparing', { title: tool.title })}</p>
            {asked === null ? null : (
              <OperationBar project={project} id={asked} label={words('tools.preparingLabel', { title: tool.title })} />
            )}
          </>
        )}
      </PageBody>
    </PageLayout>
  )
}
