import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import type { ModelVersion } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { Field, FormStack } from '../../components/Field.tsx'
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
  const id = useId()
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
    <Dialog
      open
      onClose={onClose}
      title={words('alias.set')}
      footer={
        <>
          <Button variant="ghost" onClick={onClose}>
            {words('common.cancel')}
          </Button>
          <Button type="submit" form={id} variant="primary" busy={set.isPending} busyLabel={words('alias.setting')}>
            {words('alias.set')}
          </Button>
        </>
      }
    >
      <form
        id={id}
        onSubmit={(event) => {
          event.preventDefault()
          if (alias.trim() !== '' && !set.isPending) set.mutate()
        }}
      >
        <FormStack>
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
        </FormStack>
      </form>
    </Dialog>
  )
}
