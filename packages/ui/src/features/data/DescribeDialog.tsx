import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Dataset } from '@mllab/sdk'
import { Field } from '../../components/Field.tsx'
import { FormDialog } from '../../components/FormDialog.tsx'
import { TextArea } from '../../components/Input.tsx'
import { useApi } from '../../lib/api.ts'
import { fieldError, problemOf } from '../../lib/problem.ts'
import { data } from '../../text/en/data.ts'
import { pageText } from '../../text/t.ts'
import { datasetQuery } from './data.queries.ts'

const t = pageText(data)

interface DescribeProps {
  project: string
  dataset: Dataset
  open: boolean
  onClose: () => void
}

export function DescribeDialog(props: DescribeProps) {
  return props.open ? <Describe {...props} /> : null
}

function Describe({ project, dataset, onClose }: DescribeProps) {
  const api = useApi()
  const queries = useQueryClient()
  const [text, setText] = useState(dataset.description)
  const save = useMutation({
    mutationFn: () => api.files.update({ params: { project, name: dataset.name }, body: { description: text } }),
    onSuccess: (changed) => {
      queries.setQueryData(datasetQuery(api, project, dataset.name).queryKey, changed)
      onClose()
    },
  })
  return (
    <FormDialog
      onClose={onClose}
      title={t('data.describeTitle', { name: dataset.name })}
      width={520}
      action={t('data.save')}
      busy={save.isPending}
      busyLabel={t('data.saving')}
      onSubmit={() => save.mutate()}
    >
      <Field
        label={t('data.description')}
        error={save.error ? (fieldError(save.error, 'description') ?? problemOf(save.error).detail) : undefined}
      >
        <TextArea value={text} onChange={setText} rows={5} maxLength={2000} />
      </Field>
    </FormDialog>
  )
}
