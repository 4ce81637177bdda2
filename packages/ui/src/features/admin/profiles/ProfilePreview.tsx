import { useState } from 'react'
import type { WorkspaceProfile } from '@mllab/sdk'
import { FormStack } from '../../../components/Field.tsx'
import { ProfileFields } from '../../workspaces/form/ProfileFields.tsx'
import { bodyOf, type ProfileDraft } from './profile-form.ts'
import type { Machine } from './profiles.queries.ts'
import { words } from './words.ts'

const DRAFT = 'draft'

interface ProfilePreviewProps {
  draft: ProfileDraft
  /** Those that are there besides. */
  others: readonly WorkspaceProfile[]
  machine: Machine
}

/** The part of the form for a new workspace that profiles make, as it will be. It can be tried. */
export function ProfilePreview({ draft, others, machine }: ProfilePreviewProps) {
  const shown = shownProfile(draft)
  const all = [...others.map((one) => (draft.default ? { ...one, default: false } : one)), shown]
  // What was tried fits the questions only until they change.
  const questions = shown.parameters.map(({ name, type }) => `${name} ${type}`).join()
  return (
    <FormStack>
      <Tried key={questions} profiles={all} machine={machine} />
    </FormStack>
  )
}

function Tried({ profiles, machine }: { profiles: readonly WorkspaceProfile[]; machine: Machine }) {
  const [input, setInput] = useState<React.ComponentProps<typeof ProfileFields>['input']>({
    profile: DRAFT,
    parameters: {},
    image: null,
  })
  return (
    <ProfileFields
      profiles={profiles.toSorted((a, b) => Number(b.default) - Number(a.default))}
      images={machine?.images ?? []}
      input={input}
      onChange={(change) => setInput({ ...input, ...change })}
      error={null}
    />
  )
}

function shownProfile(draft: ProfileDraft): WorkspaceProfile {
  const body = bodyOf(draft)
  return {
    ...body,
    name: body.name || words('preview.unnamed'),
    parameters: body.parameters.map((one) => ({ ...one, label: one.label || words('preview.label') })),
    slug: DRAFT,
    createdAt: '',
    updatedAt: '',
    can: [],
  }
}
