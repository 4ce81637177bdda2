import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { LabProblem, type Project } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { Field } from '../../components/Field.tsx'
import { TextInput } from '../../components/Input.tsx'
import { Notice, ProblemNotice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { useSay } from '../../components/Toast.tsx'
import { CopyButton } from '../../components/Values.tsx'
import { useApi } from '../../lib/api.ts'
import { fieldError, otherError, problemOf } from '../../lib/problem.ts'
import { projectQuery, projectsQuery } from '../../lib/queries.ts'
import { settings } from '../../text/en/settings.ts'
import { pageText } from '../../text/t.ts'
import css from './Settings.module.css'

const t = pageText(settings)

/** Name and description. What somebody else changed in the meantime is never overwritten unseen. */
export function General({ project }: { project: Project }) {
  const api = useApi()
  const queries = useQueryClient()
  const say = useSay()
  const [name, setName] = useState(project.name)
  const [description, setDescription] = useState(project.description)
  const [version, setVersion] = useState(project.version)
  const { queryKey } = projectQuery(api, project.slug)
  const save = useMutation({
    mutationFn: () =>
      api.projects.update(
        { params: { project: project.slug }, body: { name, description } },
        { headers: { 'if-match': `"${version}"` } },
      ),
    onSuccess: (changed) => {
      show(changed)
      queries.setQueryData(queryKey, changed)
      void queries.invalidateQueries({ queryKey: projectsQuery(api).queryKey })
      say({ text: t('settings.saved') })
    },
    onError: async (error) => {
      if (isOutdated(error)) show(await queries.fetchQuery({ ...projectQuery(api, project.slug), staleTime: 0 }))
    },
  })
  const show = (latest: Project) => {
    setName(latest.name)
    setDescription(latest.description)
    setVersion(latest.version)
  }
  const changed = name.trim() !== project.name || description.trim() !== project.description
  const other = otherError(save.error, ['name', 'description'])
  return (
    <Section title={t('settings.general')}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault()
          if (changed && name.trim() !== '' && !save.isPending) save.mutate()
        }}
      >
        <Field label={t('settings.name')} error={fieldError(save.error, 'name')}>
          <TextInput value={name} onChange={setName} maxLength={100} required />
        </Field>
        <Field
          label={t('settings.description')}
          help={t('settings.descriptionHelp')}
          error={fieldError(save.error, 'description')}
        >
          <TextInput value={description} onChange={setDescription} maxLength={2000} />
        </Field>
        <Field label={t('settings.address')} help={t('settings.addressHelp')}>
          <TextInput
            mono
            readOnly
            value={project.slug}
            onChange={() => undefined}
            unit={<CopyButton text={project.slug} name={t('settings.address')} size="bare" />}
          />
        </Field>
        {isOutdated(save.error) ? (
          <Notice tone="warn">{t('settings.changed')}</Notice>
        ) : other ? (
          <ProblemNotice problem={problemOf(other)} />
        ) : null}
        <div>
          <Button
            type="submit"
            variant={changed ? 'primary' : 'outline'}
            busy={save.isPending}
            busyLabel={t('settings.saving')}
          >
            {t('settings.save')}
          </Button>
        </div>
      </form>
    </Section>
  )
}

const isOutdated = (error: unknown) => error instanceof LabProblem && error.code === 'VERSION_MISMATCH'
