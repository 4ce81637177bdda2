import { useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { LabProblem, type Workspace } from '@mllab/sdk'
import { Field } from '../../components/Field.tsx'
import { FormDialog } from '../../components/FormDialog.tsx'
import { TextInput } from '../../components/Input.tsx'
import { Select } from '../../components/Select.tsx'
import { useApi } from '../../lib/api.ts'
import { fieldError, otherError } from '../../lib/problem.ts'
import { membersQuery, useProject } from '../../lib/queries.ts'
import { words } from './page-words.ts'
import { HoursField, PortField } from './share-fields.tsx'
import { useWorkspace } from './workspace.queries.ts'

interface ShareDialogProps {
  workspace: Workspace
  project: string
  onClose: () => void
}

/** Lets a person in: a member by choice, in a personal project anybody by user name. */
export function ShareDialog({ workspace, project, onClose }: ShareDialogProps) {
  const members = useQuery(membersQuery(useApi(), project)).data?.items ?? []
  const [username, setUsername] = useState('')
  const [port, setPort] = useState<string>()
  const [hours, setHours] = useState<number>()
  const { share } = useWorkspace(project, workspace.slug)
  const others = members.flatMap(({ person }) =>
    person.username === null || person.id === workspace.owner.id ? [] : [{ ...person, username: person.username }],
  )
  // Into workspaces of a personal project anybody with an account may be let in.
  const { personal } = useProject()
  const chosen = others.length > 0 && !personal
  const known = useId()
  const submit = () => {
    if (username.trim() === '') return
    const body = {
      username: username.trim().toLowerCase(),
      ...(port === undefined ? {} : { port }),
      ...(hours === undefined ? {} : { hours }),
    }
    share.mutate(body, { onSuccess: onClose })
  }
  const twice = share.error instanceof LabProblem && share.error.code === 'NAME_TAKEN'
  return (
    <FormDialog
      onClose={onClose}
      title={words('sharing.person')}
      lead={words('sharing.lead')}
      action={words('sharing.person')}
      busy={share.isPending}
      busyLabel={words('sharing.sharing')}
      onSubmit={submit}
      problem={twice ? null : otherError(share.error, ['username'])}
    >
      <Field
        label={words('sharing.username')}
        help={chosen ? undefined : words('sharing.usernameHelp')}
        error={twice ? words('sharing.known') : fieldError(share.error, 'username')}
      >
        {chosen ? (
          <Select
            value={username || null}
            onChange={setUsername}
            placeholder={words('sharing.choose')}
            options={others.map((person) => ({
              value: person.username,
              label: person.name,
              hint: person.username,
            }))}
          />
        ) : (
          <TextInput
            value={username}
            onChange={setUsername}
            list={known}
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
            required
          />
        )}
      </Field>
      {chosen ? null : (
        <datalist id={known}>
          {others.map((person) => (
            <option key={person.id} value={person.username}>
              {person.name}
            </option>
          ))}
        </datalist>
      )}
      <PortField workspace={workspace} value={port} onChange={setPort} />
      <HoursField hours={[1, 8, 24, 168, 720]} value={hours} onChange={setHours} forEver />
    </FormDialog>
  )
}
