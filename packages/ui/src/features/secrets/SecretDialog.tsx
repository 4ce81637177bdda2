import { useState } from 'react'
import { RadioRows } from '../../components/Choice.tsx'
import { Field } from '../../components/Field.tsx'
import { FormDialog } from '../../components/FormDialog.tsx'
import { PasswordInput, TextArea, TextInput } from '../../components/Input.tsx'
import { fieldError, otherError } from '../../lib/problem.ts'
import css from './Secrets.module.css'
import { type SecretOwner, useSecretActions } from './secrets.queries.ts'
import { words } from './words.ts'

interface SecretDialogProps {
  /** To whom it may belong; the first is chosen. */
  owners: readonly [SecretOwner, ...SecretOwner[]]
  /** Replaces the value of this one. */
  name?: string
  onClose: () => void
  onDone?: (secret: { name: string; owner: SecretOwner }) => void
}

/** Asks for the name and the value of a secret, or for the new value of one. */
export function SecretDialog({ owners, name: replaced, onClose, onDone }: SecretDialogProps) {
  const { put } = useSecretActions()
  const [name, setName] = useState('')
  const [value, setValue] = useState('')
  const [description, setDescription] = useState('')
  const [moreLines, setMoreLines] = useState(false)
  const [index, setIndex] = useState('0')
  const owner = owners[Number(index)] ?? owners[0]
  const isNew = replaced === undefined
  const shownName = replaced ?? name.trim()
  const ready = shownName !== '' && value !== ''

  const submit = () => {
    if (!ready) return
    const given = { owner, name: shownName, value, ...(isNew ? { description: description.trim() } : {}) }
    put.mutate(given, {
      onSuccess: () => {
        onDone?.({ name: shownName, owner })
        onClose()
      },
    })
  }
  return (
    <FormDialog
      onClose={onClose}
      title={isNew ? words('add') : words('replaceTitle', { name: replaced })}
      lead={isNew ? words(owners.length === 1 && owner === 'me' ? 'ownLead' : 'lead') : words('replaceLead')}
      width={520}
      action={words(isNew ? 'add' : 'replace')}
      busy={put.isPending}
      busyLabel={words(isNew ? 'adding' : 'replacing')}
      onSubmit={submit}
      problem={otherError(put.error, ['name', 'value', 'description'])}
    >
      {isNew ? (
        <Field label={words('name')} help={words('nameHelp')} error={fieldError(put.error, 'name')}>
          <TextInput
            mono
            value={name}
            onChange={setName}
            maxLength={100}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            required
          />
        </Field>
      ) : null}
      <Field
        label={words('value')}
        error={fieldError(put.error, 'value')}
        aside={
          <button type="button" className={css.switch} onClick={() => setMoreLines(!moreLines)}>
            {words(moreLines ? 'oneLine' : 'moreLines')}
          </button>
        }
      >
        {moreLines ? (
          <TextArea
            mono
            rows={6}
            value={value}
            onChange={setValue}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            required
          />
        ) : (
          <PasswordInput value={value} onChange={setValue} autoComplete="off" required />
        )}
      </Field>
      {isNew ? (
        <Field label={words('about')} aside={words('setup.optional')} error={fieldError(put.error, 'description')}>
          <TextInput value={description} onChange={setDescription} maxLength={500} autoComplete="off" />
        </Field>
      ) : null}
      {owners.length > 1 ? (
        <Field label={words('belongs')} group>
          <RadioRows
            value={index}
            onChange={setIndex}
            aria-label={words('belongs')}
            choices={owners.map((one, position) => ({
              value: String(position),
              label: words(one === 'me' ? 'ofMe' : 'ofProject'),
              help: words(one === 'me' ? 'ofMeHelp' : 'ofProjectHelp'),
            }))}
          />
        </Field>
      ) : null}
    </FormDialog>
  )
}
