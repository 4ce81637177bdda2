import { useState } from 'react'
import type { Service } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { Segmented } from '../../components/Choice.tsx'
import { Field } from '../../components/Field.tsx'
import { PlayIcon } from '../../components/icons.ts'
import { TextArea, TextInput } from '../../components/Input.tsx'
import { QuickForm } from '../workloads/QuickForm.tsx'
import css from './Services.module.css'
import { TryAnswer, useTry } from './TryAnswer.tsx'
import { words } from './words.ts'

/** A request to a service that is no model: method, path, body. */
export function TryPath({ service, project }: { service: Service; project: string }) {
  const [method, setMethod] = useState<'GET' | 'POST'>('GET')
  const [path, setPath] = useState('/')
  const [body, setBody] = useState('')
  const sent = useTry(service, project)
  const runs = service.state.status === 'running' || service.state.status === 'unhealthy'
  const send = () => {
    if (runs && !sent.isPending)
      sent.mutate({
        method,
        path: path.startsWith('/') ? path : `/${path}`,
        ...(method === 'POST' && body !== '' ? { body } : {}),
      })
  }
  return (
    <QuickForm className={css.stack} onSend={send}>
      <div>
        <Segmented
          aria-label={words('try.method')}
          value={method}
          onChange={setMethod}
          options={[
            { value: 'GET', label: 'GET' },
            { value: 'POST', label: 'POST' },
          ]}
        />
      </div>
      <Field label={words('try.path')}>
        <TextInput mono value={path} onChange={setPath} autoComplete="off" spellCheck={false} />
      </Field>
      {method === 'POST' ? (
        <Field label={words('try.body')}>
          <TextArea mono rows={6} value={body} onChange={setBody} spellCheck={false} />
        </Field>
      ) : null}
      <div className={css.tryFoot}>
        <Button
          type="submit"
          variant="primary"
          icon={PlayIcon}
          busy={sent.isPending}
          busyLabel={words('try.sending')}
          disabledBecause={!runs && words('try.notRunning')}
        >
          {words('try.send')}
        </Button>
      </div>
      <TryAnswer sent={sent} />
    </QuickForm>
  )
}
