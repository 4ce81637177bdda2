import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Field } from '../../components/Field.tsx'
import { FormDialog } from '../../components/FormDialog.tsx'
import { TextInput } from '../../components/Input.tsx'
import { Notice } from '../../components/Notice.tsx'
import { UploadDrop } from '../../components/UploadDrop.tsx'
import { useApi } from '../../lib/api.ts'
import type { DroppedFile } from '../../lib/dropped-files.ts'
import { format } from '../../lib/format.ts'
import { planVersion, totalBytes } from '../data/plan.ts'
import { startUpload } from '../data/uploads.ts'
import { words } from './words.ts'

/** Asks for the name and the folder of a model; the upload then goes on above the list. */
export function UploadModel({ project, onClose }: { project: string; onClose: () => void }) {
  const api = useApi()
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const [files, setFiles] = useState<readonly DroppedFile[]>([])
  const plan = planVersion({ name: name.trim(), folder: true }, files)
  const ready = typeof plan === 'string' ? undefined : plan

  const take = (chosen: readonly DroppedFile[]) => {
    setFiles(chosen)
    const [top = ''] = chosen[0]?.path.split('/') ?? []
    if (name === '' && chosen[0]?.path.includes('/')) setName(top)
  }
  const submit = () => {
    if (!ready || ready.name === '') return
    startUpload({ api, queries }, project, { ...ready, kind: 'model' })
    onClose()
  }
  return (
    <FormDialog
      onClose={onClose}
      title={words('upload')}
      lead={words('upload.lead')}
      width={520}
      action={words('upload.start')}
      blocked={!ready && words('upload.needsFiles')}
      onSubmit={submit}
    >
      <Field label={words('upload.name')} help={words('upload.nameHelp')}>
        <TextInput value={name} onChange={setName} maxLength={256} autoComplete="off" spellCheck={false} required />
      </Field>
      <Field
        label={words('upload.files')}
        group
        help={ready ? words('upload.chosen', { n: files.length, size: format.bytes(totalBytes(ready)) }) : undefined}
      >
        <UploadDrop folders onFiles={take} />
      </Field>
      {ready && !ready.files.some(({ path }) => path === 'MLmodel') ? (
        <Notice tone="plain">{words('upload.noMlmodel')}</Notice>
      ) : null}
    </FormDialog>
  )
}
