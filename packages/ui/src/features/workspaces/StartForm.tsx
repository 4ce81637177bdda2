import { useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import type { Workspace } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { CodeBlock } from '../../components/CodeBlock.tsx'
import { Field, FormStack } from '../../components/Field.tsx'
import { TextInput } from '../../components/Input.tsx'
import { Notice, ProblemNotice } from '../../components/Notice.tsx'
import { FormAside } from '../../components/Page.tsx'
import { Select } from '../../components/Select.tsx'
import { platformAddress } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { fieldError, otherError, problemOf } from '../../lib/problem.ts'
import { slugOf } from '../../lib/slug.ts'
import { t } from '../../text/t.ts'
import { EnvField, MemoryField } from '../workloads/fields.tsx'
import { More } from '../workloads/More.tsx'
import { QuickForm } from '../workloads/QuickForm.tsx'
import { startBody, startSnippets } from './start-form.ts'
import { words } from './words.ts'
import { optionsQuery, useWorkspaceActions } from './workspaces.queries.ts'

const shownFields = ['name', 'slug', 'image', 'memoryGb', 'env']

/** The form beside the list: a name, an image, limits, and the request it makes as code. */
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
  const [name, setName] = useState<string | null>(null)
  const [image, setImage] = useState<string | null>(null)
  const [memoryGb, setMemoryGb] = useState(wantedMemory)
  const [env, setEnv] = useState('')
  const { create } = useWorkspaceActions(project)
  const id = useId()

  const chosen = options?.images.find((one) => one.ref === image) ?? options?.images[0]
  const input = {
    name: name ?? options?.suggestedName ?? '',
    image: chosen?.ref ?? 'mllab/workspace',
    memoryGb,
    env,
  }
  const submit = () => create.mutate(startBody(input), { onSuccess: onStarted })
  const other = otherError(create.error, shownFields)

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
            error={fieldError(create.error, 'name') ?? fieldError(create.error, 'slug')}
          >
            <TextInput
              value={input.name}
              onChange={setName}
              unit={<code>{slugOf(input.name)}</code>}
              autoComplete="off"
              spellCheck={false}
              maxLength={100}
            />
          </Field>
          <Field
            label={words('new.image')}
            help={chosen === undefined ? undefined : words(chosen.ready ? 'new.imageReady' : 'new.imageLater')}
            error={fieldError(create.error, 'image')}
          >
            <Select
              value={input.image}
              onChange={setImage}
              options={(options?.images ?? []).map((one) => ({ value: one.ref, label: one.title, hint: one.ref }))}
            />
          </Field>
          <More label={words('new.more')} hint={words('new.moreHint')} open={wantedMemory !== null}>
            <FormStack>
              <MemoryField
                value={memoryGb}
                onChange={setMemoryGb}
                totalBytes={options?.memoryBytes}
                kind={options?.memoryLimit}
                error={fieldError(create.error, 'memoryGb')}
              />
              <EnvField value={env} onChange={setEnv} error={fieldError(create.error, 'env')} />
            </FormStack>
          </More>
          {options?.isolation === 'none' ? <Notice tone="warn">{words('isolation.none')}</Notice> : null}
          <CodeBlock label={words('new.code')} snippets={startSnippets(input, platformAddress(), project)} />
          {other ? <ProblemNotice problem={problemOf(other)} /> : null}
        </FormStack>
      </QuickForm>
    </FormAside>
  )
}
