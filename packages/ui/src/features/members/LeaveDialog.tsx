import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Project } from '@mllab/sdk'
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { projectsQuery } from '../../lib/queries.ts'
import { members } from '../../text/en/members.ts'
import { pageText } from '../../text/t.ts'

const t = pageText(members)

export function LeaveDialog({ project, onClose }: { project: Project; onClose: () => void }) {
  const api = useApi()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [error, setError] = useState<unknown>()
  async function leave() {
    setError(undefined)
    try {
      await api.projects.leave({ params: { project: project.slug } })
    } catch (caught) {
      setError(caught)
      throw caught
    }
    await navigate({ to: addresses.projects })
    await queries.invalidateQueries({ queryKey: projectsQuery(api).queryKey })
  }
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t('members.leaveTitle', { project: project.name })}
      action={t('members.leave')}
      busyLabel={t('members.leaving')}
      onConfirm={leave}
      error={error ? <ProblemNotice problem={problemOf(error)} /> : undefined}
    >
      <p>{t('members.leaveText')}</p>
    </ConfirmDialog>
  )
}
