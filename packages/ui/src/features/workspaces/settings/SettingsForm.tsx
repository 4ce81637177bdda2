import { useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import type { Workspace } from '@mllab/sdk'
import { Button } from '../../../components/Button.tsx'
import { Field, FormStack } from '../../../components/Field.tsx'
import { TextInput } from '../../../components/Input.tsx'
import { ProblemNotice } from '../../../components/Notice.tsx'
import { useSay } from '../../../components/Toast.tsx'
import { useApi } from '../../../lib/api.ts'
import { problemOf } from '../../../lib/problem.ts'
import { SecretDialog } from '../../secrets/SecretDialog.tsx'
import { MemoryField } from '../../workloads/fields.tsx'
import { QuickForm } from '../../workloads/QuickForm.tsx'
import { CpuField } from '../form/CpuField.tsx'
import { DatasetsField } from '../form/DatasetsField.tsx'
import { ProfileFields } from '../form/ProfileFields.tsx'
import { SecretsField, type SecretRef } from '../form/SecretsField.tsx'
import { innerError } from '../inner-error.ts'
import { useWorkspace } from '../workspace.queries.ts'
import { optionsQuery } from '../workspaces.queries.ts'
import { settingsChange, type SettingsInput, settingsOf } from './settings-form.ts'
import css from './Settings.module.css'
import { VariablesField } from './VariablesField.tsx'
import { words } from './words.ts'

/** Fields that show what the server says about them. */
const shownFields = ['name', 'profile', 'parameters', 'image', 'cpus', 'memoryGb', 'env', 'secrets', 'datasets']

/** The settings as a form. Whoever only manages the workspace sees its limits alone. */
export function SettingsForm({ workspace, project }: { workspace: Workspace; project: string }) {
  const options = useQuery(optionsQuery(useApi(), project)).data
  const [said, setSaid] = useState<Partial<SettingsInput>>({})
  const [adding, setAdding] = useState<{ take: (ref: SecretRef) => void } | null>(null)
  const { change } = useWorkspace(project, workspace.slug)
  const say = useSay()
  const id = useId()
  const before = settingsOf(workspace)
  const input = { ...before, ...said }
  const body = settingsChange(before, input)
  const set = (part: Partial<SettingsInput>) => setSaid((one) => ({ ...one, ...part }))
  const { error } = change
  const other = error && !shownFields.some((field) => innerError(error, field) !== undefined) ? error : null
  const all = workspace.can.includes('change')
  const names = Object.keys((workspace.pending ?? workspace).env)
  const same = Object.keys(body).length === 0
  const save = () => change.mutate(body, { onSuccess: () => say({ text: words('settings.saved') }) })

  return (
    <QuickForm id={id} onSend={save}>
      <div className={css.form}>
        <FormStack>
          {all ? (
            <>
              <Field label={words('settings.name')} help={words('settings.address')} error={innerError(error, 'name')}>
                <TextInput
                  value={input.name}
                  onChange={(name) => set({ name })}
                  autoComplete="off"
                  spellCheck={false}
                  maxLength={100}
                />
              </Field>
              <ProfileFields
                profiles={options?.profiles ?? []}
                images={options?.images ?? []}
                input={input}
                onChange={set}
                error={error}
              />
            </>
          ) : null}
          <CpuField
            value={input.cpus}
            onChange={(cpus) => set({ cpus })}
            cores={options?.cpus}
            most={options?.limits.cpus}
            error={innerError(error, 'cpus')}
          />
          <MemoryField
            value={input.memoryGb}
            onChange={(memoryGb) => set({ memoryGb })}
            totalBytes={options?.memoryBytes}
            mostGb={options?.limits.memoryGb}
            kind={options?.memoryLimit}
            error={innerError(error, 'memoryGb')}
          />
          {all ? (
            <>
              <VariablesField
                names={names}
                taken={input.taken}
                onTake={(taken) => set({ taken })}
                value={input.env}
                onChange={(env) => set({ env })}
                error={innerError(error, 'env')}
              />
              <SecretsField
                project={project}
                value={input.secrets}
                onChange={(secrets) => set({ secrets })}
                onAdd={(take) => setAdding({ take })}
                error={innerError(error, 'secrets')}
              />
              <DatasetsField
                project={project}
                value={input.datasets}
                onChange={(datasets) => set({ datasets })}
                error={innerError(error, 'datasets')}
              />
            </>
          ) : null}
          {other ? <ProblemNotice problem={problemOf(other)} /> : null}
          <div className={css.buttons}>
            <Button
              type="submit"
              variant="primary"
              busy={change.isPending}
              busyLabel={words('settings.saving')}
              disabledBecause={same && words('settings.nothing')}
            >
              {words('settings.save')}
            </Button>
            {same ? null : (
              <Button variant="ghost" onClick={() => setSaid({})}>
                {words('settings.reset')}
              </Button>
            )}
          </div>
        </FormStack>
      </div>
      {adding ? (
        <SecretDialog
          owners={[{ project }, 'me']}
          onClose={() => setAdding(null)}
          onDone={({ name, owner }) => adding.take({ name, from: owner === 'me' ? 'user' : 'project' })}
        />
      ) : null}
    </QuickForm>
  )
}
