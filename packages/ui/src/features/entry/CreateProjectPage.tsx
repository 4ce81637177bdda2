import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { Button, ButtonLink } from '../../components/Button.tsx'
import { Field, FormStack } from '../../components/Field.tsx'
import { TextInput } from '../../components/Input.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { PageBody, PageHeader, PageLayout } from '../../components/Page.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { fieldError, otherError, problemOf } from '../../lib/problem.ts'
import { projectQuery, projectsQuery } from '../../lib/queries.ts'
import { slugOf } from '../../lib/slug.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { entry } from '../../text/en/entry.ts'
import { pageText } from '../../text/t.ts'
import css from './Entry.module.css'

const t = pageText(entry)

/** `/app/new`: a project, of which one becomes the owner. */
export function CreateProjectPage() {
  const api = useApi()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const create = useMutation({
    mutationFn: () => api.projects.create({ body: { name, description } }),
    onSuccess: async (project) => {
      queries.setQueryData(projectQuery(api, project.slug).queryKey, project)
      void queries.invalidateQueries({ queryKey: projectsQuery(api).queryKey })
      await navigate({ to: addresses.project(project.slug) })
    },
  })
  useCrumbs([{ label: t('projects.title'), to: addresses.projects }, { label: t('projects.create') }])
  const other = otherError(create.error, ['name', 'description'])
  const slug = slugOf(name)
  return (
    <PageLayout centred>
      <PageHeader title={t('projects.create')} below={t('projects.createLead')} />
      <PageBody>
        <form
          className={css.createForm}
          onSubmit={(event) => {
            event.preventDefault()
            if (name.trim() !== '' && !create.isPending) create.mutate()
          }}
        >
          <FormStack>
            <Field label={t('projects.name')} help={t('projects.nameHelp')} error={fieldError(create.error, 'name')}>
              <TextInput
                value={name}
                onChange={setName}
                unit={slug === '' ? undefined : <code>/{slug}</code>}
                // oxlint-disable-next-line jsx-a11y/no-autofocus -- the page is for nothing else
                autoFocus
                maxLength={100}
                required
              />
            </Field>
            <Field
              label={t('projects.description')}
              aside={t('projects.optional')}
              help={t('projects.descriptionHelp')}
              error={fieldError(create.error, 'description')}
            >
              <TextInput value={description} onChange={setDescription} maxLength={2000} />
            </Field>
            {other ? <ProblemNotice problem={problemOf(other)} /> : null}
            <div className={css.buttons}>
              <Button type="submit" variant="primary" busy={create.isPending} busyLabel={t('projects.creating')}>
                {t('projects.create')}
              </Button>
              <ButtonLink variant="ghost" to={addresses.start}>
                {t('common.cancel')}
              </ButtonLink>
            </div>
          </FormStack>
        </form>
      </PageBody>
    </PageLayout>
  )
}
