import { useState } from 'react'
import type { Service } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { Field } from '../../components/Field.tsx'
import { PlayIcon } from '../../components/icons.ts'
import { TextArea } from '../../components/Input.tsx'
import { QuickForm } from '../workloads/QuickForm.tsx'
import css from './Services.module.css'
import { TryAnswer, useTry } from './TryAnswer.tsx'
import { fieldsBody, isJson, problemOfField, type TryField } from './try-it.ts'
import { words } from './words.ts'

/** A request to a model, by the fields of its signature or as JSON. */
export function TryModel({
  service,
  project,
  fields,
  example,
}: {
  service: Service
  project: string
  /** Null: it has no named inputs. */
  fields: readonly TryField[] | null
  /** What is sent where there are no fields. */
  example: string
}) {
  const [values, setValues] = useState<Readonly<Record<string, string>>>({})
  const [json, setJson] = useState<string | null>(fields === null ? example : null)
  const [checked, setChecked] = useState(false)
  const sent = useTry(service, project)
  const runs = service.state.status === 'running' || service.state.status === 'unhealthy'
  const valueOf = (field: TryField) => values[field.name] ?? field.initial
  const problems = (fields ?? []).map((field) => problemOfField(field, valueOf(field)))
  const wrong = json === null ? problems.some((problem) => problem !== null) : !isJson(json)

  const send = () => {
    setChecked(true)
    if (!wrong && runs && !sent.isPending)
      sent.mutate({ path: '/invocations', body: json ?? fieldsBody(fields ?? [], values) })
  }
  return (
    <QuickForm className={css.stack} onSend={send}>
      {json === null && fields !== null ? (
        <div className={css.tryFields}>
          {fields.map((field, index) => {
            const problem = problems[index] ?? null
            return (
              <label key={field.name} className={css.tryField}>
                <span className={css.tryName} data-tip={field.name}>
                  {field.name}
                </span>
                {field.kind === 'boolean' ? (
                  <select
                    value={valueOf(field)}
                    onChange={(event) => setValues({ ...values, [field.name]: event.target.value })}
                  >
                    <option value="true">true</option>
                    <option value="false">false</option>
                  </select>
                ) : (
                  <input
                    value={valueOf(field)}
                    onChange={(event) => setValues({ ...values, [field.name]: event.target.value })}
                    inputMode={field.kind === 'number' || field.kind === 'whole' ? 'decimal' : undefined}
                    autoComplete="off"
                    spellCheck={false}
                    aria-invalid={(checked && problem !== null) || undefined}
                    placeholder={field.optional ? words('try.optional') : undefined}
                  />
                )}
                <code>{field.type}</code>
                {checked && problem !== null ? <em role="alert">{words(`try.${problem}`)}</em> : null}
              </label>
            )
          })}
        </div>
      ) : (
        <Field
          label={words('try.body')}
          help={fields === null ? words('try.noSignature') : undefined}
          error={json !== null && checked && !isJson(json) ? words('try.badJson') : undefined}
        >
          <TextArea mono rows={8} value={json ?? ''} onChange={setJson} spellCheck={false} />
        </Field>
      )}
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
        {fields === null ? null : (
          <Button variant="ghost" onClick={() => setJson(json === null ? fieldsBody(fields, values) : null)}>
            {words(json === null ? 'try.asJson' : 'try.asFields')}
          </Button>
        )}
      </div>
      <TryAnswer sent={sent} />
    </QuickForm>
  )
}
