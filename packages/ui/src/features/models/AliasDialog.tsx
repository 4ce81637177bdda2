import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { ModelVersion } from '@mllab/sdk'
import { Field } from '../../components/Field.tsx'
import { FormDialog } from '../../components/FormDialog.tsx'
import { TextInput } from '../../components/Input.tsx'
import { Select } from '../../components/Select.tsx'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { refreshModels } from './models.queries.ts'
import { words } from './words.ts'

/** Points an alias at a version. */
export function AliasDialog({
  project,
  versions,
  version: first,
  onClose,
}: {
  project: string
  versions: readonly ModelVersion[]
  version: ModelVersion
  onClose: () => void
}) {
  const api = useApi()
  const queries = useQueryClient()
  const [alias, setAlias] = useState('champion')
  const [version, setVersion] = useState(String(first.version))
  const set = useMutation({
    mutationFn: () =>
      api.models.setAlias({
        params: { project, model: first.model, alias: alias.trim().replace(/^@/, '') },
        body: { version: Number(version) },
      }),
    onSuccess: () => {
      void refreshModels(queries, project)
      onClose()
    },
  })
  return (
    <FormDialog
      onClose={onClose}
      title={words('alias.set')}
      action={words('alias.set')}
      busy={set.isPending}
      busyLabel={words('alias.setting')}
      onSubmit={() => {
        if (alias.trim() !== '') set.mutate()
      }}
    >
      <Field
        label={words('alias.name')}
        help={words('alias.help')}
        error={set.error ? problemOf(set.error).detail : undefined}
      >
        <TextInput value={alias} onChange={setAlias} mono required autoComplete="off" spellCheck={false} />
      </Field>
      <Field label={words('alias.version')}>
        <Select
          value={version}
          onChange={setVersion}
          options={versions.map((one) => ({
            value: String(one.version),
            label: `v${one.version}`,
            hint: one.aliases.map((name) => `@${name}`).join(' '),
          }))}
        />
      </Field>
    </FormDialog>
  )
}
