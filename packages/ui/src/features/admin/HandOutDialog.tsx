import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { Field } from '../../components/Field.tsx'
import { FormDialog } from '../../components/FormDialog.tsx'
import { TextInput } from '../../components/Input.tsx'
import { Select } from '../../components/Select.tsx'
import { useApi } from '../../lib/api.ts'
import { fieldError, otherError } from '../../lib/problem.ts'
import { adminWorkspaces } from '../../text/en/admin-workspaces.ts'
import { pageText } from '../../text/t.ts'

const t = pageText(adminWorkspaces)

const USUAL = '*'

/** Starts a workspace that will be somebody else's. */
export function HandOutDialog({ onClose }: { onClose: () => void }) {
  const api = useApi()
  const queries = useQueryClient()
  const people = useId()
  const [username, setUsername] = useState('')
  const [name, setName] = useState('')
  const [profile, setProfile] = useState(USUAL)
  const found = useQuery({
    queryKey: ['users', 'suggested', username],
    queryFn: ({ signal }) => api.accounts.users({ query: { search: username, limit: 20 } }, { signal }),
    placeholderData: (before) => before,
  }).data
  const profiles = useQuery({
    queryKey: ['workspace-profiles'],
    queryFn: ({ signal }) => api.workspaceProfiles.list({}, { signal }),
  }).data
  const make = useMutation({
    mutationFn: () =>
      api.workspaceAdministration.create({
        body: {
          username: username.trim().toLowerCase(),
          ...(name.trim() === '' ? {} : { name: name.trim() }),
          ...(profile === USUAL ? {} : { profile }),
        },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['all-workspaces'] })
      onClose()
    },
  })
  return (
    <FormDialog
      onClose={onClose}
      title={t('hand.title')}
      lead={t('hand.lead')}
      action={t('hand.open')}
      busy={make.isPending}
      busyLabel={t('hand.busy')}
      onSubmit={() => {
        if (username.trim() !== '') make.mutate()
      }}
      problem={otherError(make.error, ['username', 'name', 'slug', 'profile'])}
    >
      <Field label={t('hand.who')} error={fieldError(make.error, 'username')}>
        <TextInput
          value={username}
          onChange={setUsername}
          placeholder={t('hand.choose')}
          list={people}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          required
        />
      </Field>
      <datalist id={people}>
        {(found?.items ?? [])
          .filter(({ status }) => status === 'active')
          .map((user) => (
            <option key={user.id} value={user.username}>
              {user.name}
            </option>
          ))}
      </datalist>
      <Field
        label={t('hand.name')}
        aside={t('hand.optional')}
        help={t('hand.nameHelp')}
        error={fieldError(make.error, 'name') ?? fieldError(make.error, 'slug')}
      >
        <TextInput value={name} onChange={setName} autoComplete="off" maxLength={100} />
      </Field>
      {profiles && profiles.items.length > 0 ? (
        <Field label={t('hand.profile')} error={fieldError(make.error, 'profile')}>
          <Select
            value={profile}
            onChange={setProfile}
            options={[
              { value: USUAL, label: t('hand.usual') },
              ...profiles.items.map((one) => ({ value: one.slug, label: one.name })),
            ]}
          />
        </Field>
      ) : null}
    </FormDialog>
  )
}
