import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { WorkspaceAllowance, WorkspaceRules } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { RadioRows } from '../../components/Choice.tsx'
import { Field } from '../../components/Field.tsx'
import { FormDialog } from '../../components/FormDialog.tsx'
import { NumberInput } from '../../components/Input.tsx'
import { Select } from '../../components/Select.tsx'
import { useApi } from '../../lib/api.ts'
import { otherError } from '../../lib/problem.ts'
import { adminWorkspaces } from '../../text/en/admin-workspaces.ts'
import { pageText } from '../../text/t.ts'

const t = pageText(adminWorkspaces)

type Mode = 'handed' | 'self' | 'both'

interface RulesDialogProps {
  rules: WorkspaceRules & { source: 'settings' | 'page' }
  onClose: () => void
}

/** Who makes workspaces here: administrators for people, people themselves, or both; which, and how many. */
export function RulesDialog({ rules, onClose }: RulesDialogProps) {
  const api = useApi()
  const queries = useQueryClient()
  const [said, setSaid] = useState<WorkspaceRules>(rules)
  const mode = modeOf(said)
  const done = async () => {
    await queries.invalidateQueries({ queryKey: ['workspace-rules'] })
    onClose()
  }
  const save = useMutation({
    mutationFn: () => {
      const { handOut, members, administrators } = said
      return api.workspaceRules.put({ body: { handOut, members, administrators } })
    },
    onSuccess: done,
  })
  const reset = useMutation({ mutationFn: () => api.workspaceRules.reset({}), onSuccess: done })
  const choose = (next: Mode) => {
    const kinds = next === 'handed' ? 'none' : said.members.kinds === 'none' ? 'named' : said.members.kinds
    setSaid({ ...said, handOut: next !== 'self', members: { ...said.members, kinds } })
  }
  return (
    <FormDialog
      onClose={onClose}
      width={520}
      title={t('rules.title')}
      lead={t('rules.lead')}
      action={t('rules.save')}
      busy={save.isPending}
      busyLabel={t('rules.saving')}
      onSubmit={() => save.mutate()}
      problem={otherError(save.error ?? reset.error, [])}
      aside={
        rules.source === 'page' ? (
          <Button variant="ghost" busy={reset.isPending} onClick={() => reset.mutate()}>
            {t('rules.reset')}
          </Button>
        ) : undefined
      }
    >
      <Field label={t('rules.mode')} group>
        <RadioRows
          value={mode}
          onChange={choose}
          aria-label={t('rules.mode')}
          choices={(['handed', 'self', 'both'] as const).map((value) => ({
            value,
            label: t(`rules.${value}`),
            help: t(`rules.${value}Help`),
          }))}
        />
      </Field>
      {mode === 'handed' ? null : (
        <Allowance
          label={t('rules.members')}
          kinds={['named', 'default']}
          value={said.members}
          onChange={(members) => setSaid({ ...said, members })}
        />
      )}
      <Allowance
        label={t('rules.administrators')}
        kinds={['named', 'default', 'none']}
        value={said.administrators}
        onChange={(administrators) => setSaid({ ...said, administrators })}
      />
    </FormDialog>
  )
}

interface AllowanceProps {
  label: string
  kinds: readonly WorkspaceAllowance['kinds'][]
  value: WorkspaceAllowance
  onChange: (value: WorkspaceAllowance) => void
}

function Allowance({ label, kinds, value, onChange }: AllowanceProps) {
  return (
    <>
      <Field label={label}>
        <Select
          value={value.kinds}
          onChange={(chosen) => onChange({ ...value, kinds: chosen })}
          options={kinds.map((kind) => ({
            value: kind,
            label: t(kind === 'none' ? 'rules.nothing' : `rules.${kind}`),
          }))}
        />
      </Field>
      {value.kinds === 'named' ? (
        <Field label={t('rules.most')} help={t('rules.mostHelp')}>
          <NumberInput
            value={value.most}
            onChange={(most) => onChange({ ...value, most: Math.max(0, Math.round(most ?? 0)) })}
            min={0}
            max={1000}
            unit={t('rules.unit')}
            stepper
          />
        </Field>
      ) : null}
    </>
  )
}

function modeOf({ handOut, members }: WorkspaceRules): Mode {
  if (members.kinds === 'none') return 'handed'
  return handOut ? 'both' : 'self'
}
