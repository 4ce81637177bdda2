import { useState } from 'react'
import type { Service } from '@mllab/sdk'
import { Field } from '../../components/Field.tsx'
import { FormDialog } from '../../components/FormDialog.tsx'
import { TextInput } from '../../components/Input.tsx'
import { useSay } from '../../components/Toast.tsx'
import { fieldError, otherError } from '../../lib/problem.ts'
import { parseEnv } from '../workloads/env.ts'
import { MemoryField } from '../workloads/fields.tsx'
import { VariablesField } from '../workspaces/settings/VariablesField.tsx'
import { useServiceActions } from './services.queries.ts'
import { words } from './words.ts'

const shownFields = ['name', 'code', 'code.source', 'code.health', 'memoryGb', 'env']

/** Changes what a service is made of; what runs goes on as it is until its next start. */
export function ServiceSettings({
  service,
  project,
  onClose,
}: {
  service: Service
  project: string
  onClose: () => void
}) {
  const before = service.pending ?? service
  const { change } = useServiceActions(project)
  const say = useSay()
  const [name, setName] = useState(service.name)
  const [source, setSource] = useState(before.code?.source ?? '')
  const [health, setHealth] = useState(before.code?.health ?? '')
  const [memoryGb, setMemoryGb] = useState(before.memoryGb)
  const [taken, setTaken] = useState<readonly string[]>([])
  const [text, setText] = useState('')
  const { env } = parseEnv(text)
  const code = {
    ...(source.trim() === before.code?.source ? {} : { source: source.trim() }),
    ...(health.trim() === (before.code?.health ?? '') ? {} : { health: health.trim() || null }),
  }
  const body = {
    ...(name.trim() === service.name ? {} : { name: name.trim() }),
    ...(before.code === null || Object.keys(code).length === 0 ? {} : { code }),
    ...(memoryGb === before.memoryGb ? {} : { memoryGb }),
    ...(taken.length === 0 && Object.keys(env).length === 0
      ? {}
      : { env: { ...Object.fromEntries(taken.map((one) => [one, null])), ...env } }),
  }
  return (
    <FormDialog
      title={words('settings.title', { name: service.name })}
      lead={words('settings.lead')}
      action={words('settings.save')}
      busy={change.isPending}
      busyLabel={words('settings.saving')}
      blocked={Object.keys(body).length === 0 && words('settings.nothing')}
      problem={otherError(change.error, shownFields)}
      onClose={onClose}
      onSubmit={() =>
        change.mutate(
          { slug: service.slug, body, version: service.version },
          {
            onSuccess: () => {
              say({ text: words('settings.saved') })
              onClose()
            },
          },
        )
      }
    >
      <Field label={words('deploy.name')} help={words('settings.nameHelp')} error={fieldError(change.error, 'name')}>
        <TextInput value={name} onChange={setName} autoComplete="off" spellCheck={false} maxLength={100} />
      </Field>
      {before.code === null ? null : (
        <>
          <Field
            label={words('settings.source')}
            help={words('settings.sourceHelp')}
            error={fieldError(change.error, 'code.source')}
          >
            <TextInput value={source} onChange={setSource} mono autoComplete="off" spellCheck={false} />
          </Field>
          <Field
            label={words('code.health')}
            help={words('code.healthHelp')}
            error={fieldError(change.error, 'code.health')}
          >
            <TextInput value={health} onChange={setHealth} mono placeholder="/health" spellCheck={false} />
          </Field>
        </>
      )}
      <MemoryField
        value={memoryGb}
        onChange={setMemoryGb}
        totalBytes={undefined}
        kind={undefined}
        error={fieldError(change.error, 'memoryGb')}
      />
      <VariablesField
        names={Object.keys(before.env)}
        taken={taken}
        onTake={setTaken}
        value={text}
        onChange={setText}
        error={fieldError(change.error, 'env')}
      />
    </FormDialog>
  )
}
