import { useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import type { Workspace } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { CodeBlock } from '../../components/CodeBlock.tsx'
import { Field, FormStack } from '../../components/Field.tsx'
import { TextInput } from '../../components/Input.tsx'
import { Notice, ProblemNotice } from '../../components/Notice.tsx'
import { FormAside } from '../../components/Page.tsx'
import { platformAddress } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { fieldError, problemOf } from '../../lib/problem.ts'
import { slugOf } from '../../lib/slug.ts'
import { t } from '../../text/t.ts'
import { SecretDialog } from '../secrets/SecretDialog.tsx'
import { EnvField, MemoryField } from '../workloads/fields.tsx'
import { More } from '../workloads/More.tsx'
import { QuickForm } from '../workloads/QuickForm.tsx'
import { CpuField } from './form/CpuField.tsx'
import { DatasetsField } from './form/DatasetsField.tsx'
import css from './form/Form.module.css'
import { GitField } from './form/GitField.tsx'
import { LifeField } from './form/LifeField.tsx'
import { ProfileFields } from './form/ProfileFields.tsx'
import { SecretsField, type SecretRef } from './form/SecretsField.tsx'
import { innerError } from './inner-error.ts'
import { emptyInput, startBody, type StartInput, startSnippets } from './start-form.ts'
import { words } from './words.ts'
import { optionsQuery, useWorkspaceActions } from './workspaces.queries.ts'

/** Fields that show what the server says about them. */
const shownFields = [
  'name', 'slug', 'profile', 'parameters', 'image', 'cpus', 'memoryGb', 'env', 'secrets', 'datasets', 'git', 'life',
] // prettier-ignore

/** The form beside the list: a name, what it is made of, everything else behind “Options”, and the request it makes as code. */
export function StartForm({
  project,
  memoryGb: wantedMemory,
  onClose,
  onStarted,
}: {
  project: string
  /** Filled in when it follows a workspace that ran out. */
  memoryGb: number | null
  onClose: () => void
  onStarted: (workspace: Workspace) => void
}) {
  const options = useQuery(optionsQuery(useApi(), project)).data
  const [said, setSaid] = useState<Partial<StartInput>>({})
  const [adding, setAdding] = useState<{ take: (ref: SecretRef) => void } | null>(null)
  const { create } = useWorkspaceActions(project)
  const id = useId()

  const usual = options?.profiles.find((profile) => profile.default)
  const input: StartInput = {
    ...emptyInput,
    name: options?.suggestedName ?? '',
    profile: usual?.slug ?? null,
    image: options?.images[0]?.ref ?? null,
    memoryGb: wantedMemory,
    ...said,
  }
  const change = (part: Partial<StartInput>) => setSaid((before) => ({ ...before, ...part }))
  const chosen = options?.profiles.find(({ slug }) => slug === input.profile)
  const submit = () => create.mutate(startBody(input), { onSuccess: onStarted })
  const { error } = create
  const other = error && !shownFields.some((field) => innerError(error, field) !== undefined) ? error : null
  const onAdd = (take: (ref: SecretRef) => void) => setAdding({ take })

  return (
    <FormAside
      title={words('new.title')}
      onClose={onClose}
      footer={
        <>
          <Button type="submit" form={id} variant="primary" busy={create.isPending} busyLabel={words('new.busy')}>
            {words('new.open')}
          </Button>
          <Button variant="ghost" onClick={onClose}>
            {t('common.cancel')}
          </Button>
        </>
      }
    >
      <QuickForm id={id} onSend={submit}>
        <FormStack>
          <Field
            label={words('new.name')}
            help={words('new.nameHelp')}
            error={fieldError(error, 'name') ?? fieldError(error, 'slug')}
          >
            <TextInput
              value={input.name}
              onChange={(name) => change({ name })}
              unit={<code>{slugOf(input.name)}</code>}
              autoComplete="off"
              spellCheck={false}
              maxLength={100}
            />
          </Field>
          <ProfileFields
            profiles={(options?.profiles ?? []).toSorted((a, b) => Number(b.default) - Number(a.default))}
            images={options?.images ?? []}
            input={input}
            onChange={change}
            error={error}
          />
          <More label={words('new.more')} hint={words('new.moreHint')} open={wantedMemory !== null}>
            <FormStack>
              <CpuField
                value={input.cpus}
                onChange={(cpus) => change({ cpus })}
                cores={options?.cpus}
                most={options?.limits.cpus}
                ofProfile={chosen !== undefined}
                error={innerError(error, 'cpus')}
              />
              <MemoryField
                value={input.memoryGb}
                onChange={(memoryGb) => change({ memoryGb })}
                totalBytes={options?.memoryBytes}
                mostGb={options?.limits.memoryGb}
                kind={options?.memoryLimit}
                error={innerError(error, 'memoryGb')}
              />
              <EnvField value={input.env} onChange={(env) => change({ env })} error={innerError(error, 'env')} />
              <SecretsField
                project={project}
                value={input.secrets}
                onChange={(secrets) => change({ secrets })}
                onAdd={onAdd}
                error={innerError(error, 'secrets')}
              />
              <DatasetsField
                project={project}
                value={input.datasets}
                onChange={(datasets) => change({ datasets })}
                error={innerError(error, 'datasets')}
              />
              <div className={css.part}>
                <GitField
                  project={project}
                  value={input.git}
                  onChange={(git) => change({ git })}
                  onAdd={onAdd}
                  error={error}
                />
              </div>
              <div className={css.part}>
                <LifeField
                  value={input.life}
                  onChange={(life) => change({ life })}
                  rules={options && { ...options.life, ...chosen?.life }}
                  canSuspend={options?.canSuspend ?? false}
                  error={error}
                />
              </div>
            </FormStack>
          </More>
          {options?.isolation === 'none' ? <Notice tone="plain">{options.isolationDetail}</Notice> : null}
          <CodeBlock label={words('new.code')} snippets={startSnippets(input, platformAddress(), project)} />
          {other ? <ProblemNotice problem={problemOf(other)} /> : null}
        </FormStack>
      </QuickForm>
      {adding ? (
        <SecretDialog
          owners={[{ project }, 'me']}
          onClose={() => setAdding(null)}
          onDone={({ name, owner }) => adding.take({ name, from: owner === 'me' ? 'user' : 'project' })}
        />
      ) : null}
    </FormAside>
  )
}
