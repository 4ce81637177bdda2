import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Project } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx'
import { TrashIcon } from '../../components/icons.ts'
import { Section } from '../../components/Page.tsx'
import { useSay } from '../../components/Toast.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { projectQuery, useOverview } from '../../lib/queries.ts'
import { settings } from '../../text/en/settings.ts'
import { pageText } from '../../text/t.ts'
import css from './Settings.module.css'

const t = pageText(settings)

/** The only thing here that cannot be undone: it says what goes, and asks for the address. */
export function DeleteProject({ project }: { project: Project }) {
  const api = useApi()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const say = useSay()
  const counts = useOverview(project.slug)?.counts
  const [open, setOpen] = useState(false)
  const [error, setError] = useState<string>()

  async function remove() {
    setError(undefined)
    try {
      await api.projects.remove({ params: { project: project.slug } })
    } catch (caught) {
      setError(problemOf(caught).detail)
      throw caught
    }
    await navigate({ to: addresses.projects })
    say({ text: t('settings.deleted', { name: project.name }) })
    queries.removeQueries({ queryKey: projectQuery(api, project.slug).queryKey })
    await queries.invalidateQueries({ queryKey: ['projects'] })
  }
  return (
    <Section title={t('settings.delete')}>
      <p className={css.text}>{t('settings.deleteText')}</p>
      <Button variant="danger" icon={TrashIcon} onClick={() => setOpen(true)}>
        {t('settings.delete')}
      </Button>
      <ConfirmDialog
        open={open}
        onClose={() => setOpen(false)}
        title={t('settings.deleteTitle', { name: project.name })}
        {...(counts ? { goesWithIt: t('settings.goes', counts) } : {})}
        typeName={project.slug}
        action={t('settings.delete')}
        busyLabel={t('settings.deleting')}
        onConfirm={remove}
        error={error}
      />
    </Section>
  )
}
