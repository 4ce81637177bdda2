import { useNavigate } from '@tanstack/react-router'
import { useId, useState } from 'react'
import { LabProblem } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { Field, FormStack } from '../../components/Field.tsx'
import { TextArea, TextInput } from '../../components/Input.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { FormAside } from '../../components/Page.tsx'
import { fieldError, otherError, problemOf } from '../../lib/problem.ts'
import { QuickForm } from '../workloads/QuickForm.tsx'
import { collectionAddress } from './addresses.ts'
import { useDocumentActions } from './documents.queries.ts'
import { checkJson } from './json.ts'
import { words } from './words.ts'

/** A document by hand: its collection, its key, its JSON. Never overwrites one. */
export function NewDocument({
  project,
  collection: given,
  onClose,
}: {
  project: string
  /** Fixed where the page is about one. */
  collection?: string
  onClose: () => void
}) {
  const id = useId()
  const navigate = useNavigate()
  const [collection, setCollection] = useState(given ?? '')
  const [key, setKey] = useState('')
  const [text, setText] = useState('{\n  \n}')
  const [tried, setTried] = useState(false)
  const { put } = useDocumentActions(project)
  const checked = checkJson(text)
  const taken = put.error instanceof LabProblem && put.error.code === 'NAME_TAKEN'
  const submit = () => {
    setTried(true)
    if (checked.value === undefined || collection.trim() === '' || key === '' || put.isPending) return
    put.mutate(
      { collection: collection.trim(), key, value: checked.value, seen: 'new' },
      {
        onSuccess: (stored) =>
          void navigate({ to: collectionAddress(project, stored.collection), search: { doc: stored.key } }),
      },
    )
  }
  const other = taken ? null : otherError(put.error, ['params.collection', 'params.key', 'collection', 'key'])
  return (
    <FormAside
      title={words('new')}
      onClose={onClose}
      footer={
        <>
          <Button type="submit" form={id} variant="primary" busy={put.isPending} busyLabel={words('new.storing')}>
            {words('new.store')}
          </Button>
          <Button variant="ghost" onClick={onClose}>
            {words('common.cancel')}
          </Button>
        </>
      }
    >
      <QuickForm id={id} onSend={submit}>
        <FormStack>
          {given === undefined ? (
            <Field
              label={words('new.collection')}
              error={fieldError(put.error, 'params.collection') ?? fieldError(put.error, 'collection')}
            >
              <TextInput value={collection} onChange={setCollection} maxLength={100} autoComplete="off" required />
            </Field>
          ) : null}
          <Field
            label={words('new.key')}
            help={words('new.keyHelp')}
            error={taken ? words('new.taken') : (fieldError(put.error, 'params.key') ?? fieldError(put.error, 'key'))}
          >
            <TextInput mono value={key} onChange={setKey} maxLength={200} autoComplete="off" required />
          </Field>
          <Field label={words('one.json')} error={tried ? checked.error : undefined}>
            <TextArea mono rows={14} value={text} onChange={setText} spellCheck={false} autoCapitalize="none" />
          </Field>
          {other ? <ProblemNotice problem={problemOf(other)} /> : null}
        </FormStack>
      </QuickForm>
    </FormAside>
  )
}
