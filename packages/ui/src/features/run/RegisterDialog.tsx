import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useId, useState } from 'react'
import type { Run } from '@mllab/sdk'
import { Field } from '../../components/Field.tsx'
import { FormDialog } from '../../components/FormDialog.tsx'
import { TextInput } from '../../components/Input.tsx'
import { Select } from '../../components/Select.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { fieldError, otherError } from '../../lib/problem.ts'
import { words } from './words.ts'

/** Makes what a run logged a version of a registered model. */
export function RegisterDialog({ run, project, onClose }: { run: Run; project: string; onClose: () => void }) {
  const api = useApi()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [name, setName] = useState(run.experiment.name)
  const [logged, setLogged] = useState(run.models.at(-1)?.id ?? null)
  const known = useQuery({
    queryKey: ['models', project, 'names'],
    queryFn: ({ signal }) => api.models.list({ params: { project }, query: { limit: 100 } }, { signal }),
    meta: { live: ['model'], project },
  }).data
  const id = useId()
  const register = useMutation({
    mutationFn: () =>
      api.models.register({
        params: { project },
        body: { name: name.trim(), run: run.id, ...(logged === null ? {} : { loggedModel: logged }) },
      }),
    onSuccess: async (version) => {
      void queries.invalidateQueries({ queryKey: ['models', project] })
      await navigate({
        to: addresses.object(project, 'models', version.model),
        search: { version: String(version.version) },
      })
    },
  })
  return (
    <FormDialog
      onClose={onClose}
      title={words('register.title')}
      lead={words('register.lead')}
      action={words('register.action')}
      busy={register.isPending}
      busyLabel={words('register.busy')}
      onSubmit={() => register.mutate()}
      problem={otherError(register.error, ['name'])}
    >
      <Field label={words('register.name')} help={words('register.help')} error={fieldError(register.error, 'name')}>
        <TextInput
          value={name}
          onChange={setName}
          list={`${id}-names`}
          required
          autoComplete="off"
          spellCheck={false}
        />
      </Field>
      <datalist id={`${id}-names`}>
        {known?.items.map((model) => (
          <option key={model.name} value={model.name}>
            {model.name}
          </option>
        ))}
      </datalist>
      {run.models.length > 1 ? (
        <Field label={words('register.which')}>
          <Select
            value={logged}
            onChange={setLogged}
            options={run.models.map((model) => ({
              value: model.id,
              label: model.name,
              hint: model.id.slice(0, 10),
            }))}
          />
        </Field>
      ) : null}
    </FormDialog>
  )
}
