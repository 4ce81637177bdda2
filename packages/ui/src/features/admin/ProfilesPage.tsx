import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { WorkspaceProfile } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { DataTable } from '../../components/DataTable.tsx'
import { useLater } from '../../components/Gauges.tsx'
import { GroupIcon, PlusIcon } from '../../components/icons.ts'
import { EmptyState, ProblemNotice } from '../../components/Notice.tsx'
import { PageBody, PageHeader, PageLayout, Section } from '../../components/Page.tsx'
import { useApi } from '../../lib/api.ts'
import { narrow, useMedia } from '../../lib/media.ts'
import { problemOf } from '../../lib/problem.ts'
import { useMe } from '../../lib/queries.ts'
import { one } from '../../lib/search.ts'
import { useSearchState } from '../../lib/use-search.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { MissingPage } from '../../shell/ErrorPage.tsx'
import { usePaletteEntries } from '../../shell/palette.tsx'
import { limitsOf } from '../workspaces/form/ProfileFields.tsx'
import { DeleteProfileDialog } from './profiles/DeleteProfileDialog.tsx'
import { profileColumns, ProfileMenu } from './profiles/profile-columns.tsx'
import { draftOf, emptyProfile, type ProfileDraft } from './profiles/profile-form.ts'
import { ProfileForm } from './profiles/ProfileForm.tsx'
import { ProfilePreview } from './profiles/ProfilePreview.tsx'
import css from './profiles/Profiles.module.css'
import { profilesQuery, useMachine } from './profiles/profiles.queries.ts'
import { words } from './profiles/words.ts'

/** `/app/admin/profiles`; for whoever is no administrator there is nothing at this address. */
export function ProfilesPage() {
  return useMe().admin ? <Profiles /> : <MissingPage />
}

/** All profiles, with the form for one beside them. */
function Profiles() {
  const list = useQuery(profilesQuery(useApi()))
  const waiting = useLater(list.isPending)
  const machine = useMachine()
  const [search, setSearch] = useSearchState()
  const [said, setSaid] = useState<{ about: string; draft: ProfileDraft }>()
  const [going, setGoing] = useState<WorkspaceProfile>()
  const asSheet = useMedia(narrow)
  const rows = list.data?.items ?? []

  const slug = one(search, 'edit') ?? null
  const edited = rows.find((profile) => profile.slug === slug)
  const about = edited?.slug ?? (search['new'] === undefined ? undefined : '')
  const stored = edited ? draftOf(edited) : { ...emptyProfile, image: machine?.images[0]?.ref ?? '' }
  const draft = said !== undefined && said.about === about ? said.draft : stored

  const show = (next: { new?: string; edit?: string }) => {
    setSaid(undefined)
    setSearch({ new: undefined, edit: undefined, ...next })
  }
  const add = () => show({ new: '' })
  const act = (profile: WorkspaceProfile, action: 'edit' | 'delete') =>
    action === 'edit' ? show({ edit: profile.slug }) : setGoing(profile)
  useCrumbs([{ label: words('projects.admin') }, { label: words('nav.profiles') }])
  usePaletteEntries([{ id: 'add-profile', group: 'do', label: words('add'), icon: PlusIcon, run: add }])

  const preview =
    about === undefined ? null : (
      <ProfilePreview
        key={about}
        draft={draft}
        others={rows.filter((profile) => profile.slug !== about)}
        machine={machine}
      />
    )
  return (
    <PageLayout
      aside={
        about === undefined ? undefined : (
          <ProfileForm
            key={about}
            slug={edited?.slug ?? null}
            taken={rows.map((profile) => profile.slug)}
            value={draft}
            onChange={(next) => setSaid({ about, draft: next })}
            machine={machine}
            preview={asSheet ? preview : null}
            onClose={() => show({})}
            onSaved={() => show({})}
          />
        )
      }
    >
      <PageHeader
        title={words('nav.profiles')}
        facts={rows.length > 0 ? words('count', { n: rows.length }) : undefined}
        actions={
          <Button
            icon={PlusIcon}
            variant={about === undefined ? 'primary' : 'outline'}
            pressed={about === ''}
            onClick={add}
          >
            {words('add')}
          </Button>
        }
      />
      {list.error ? (
        <PageBody>
          <ProblemNotice problem={problemOf(list.error)} />
        </PageBody>
      ) : null}
      <DataTable
        label={words('nav.profiles')}
        height="twoLines"
        rows={rows}
        columns={profileColumns(act, about !== undefined)}
        rowId={(profile) => profile.slug}
        rowName={(profile) => profile.name}
        onOpen={(profile) => act(profile, 'edit')}
        loading={waiting}
        empty={
          list.data ? (
            <EmptyState icon={GroupIcon} title={words('empty.title')}>
              {words('empty.text')}
            </EmptyState>
          ) : undefined
        }
        phone={(profile) => ({
          name: profile.default ? `${profile.name} · ${words('default')}` : profile.name,
          facts: `${limitsOf(profile)} · ${profile.image}`,
          value: <ProfileMenu profile={profile} onAction={act} />,
        })}
      />
      {preview === null || asSheet ? null : (
        <PageBody>
          <Section title={words('preview.title')}>
            <div className={css.preview}>{preview}</div>
          </Section>
        </PageBody>
      )}
      {going ? (
        <DeleteProfileDialog
          profile={going}
          onClose={() => setGoing(undefined)}
          onDone={() => (going.slug === about ? show({}) : undefined)}
        />
      ) : null}
    </PageLayout>
  )
}
