import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Artifact, Run } from '@mllab/sdk'
import { ChevronRightIcon, DownloadIcon, FileIcon, FolderIcon, ImageIcon } from '../../components/icons.ts'
import { EmptyState, ProblemNotice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { Bytes } from '../../components/Values.tsx'
import { useApi } from '../../lib/api.ts'
import { format } from '../../lib/format.ts'
import { problemOf } from '../../lib/problem.ts'
import { one } from '../../lib/search.ts'
import { useSearchState } from '../../lib/use-search.ts'
import { ArtifactPreview } from './ArtifactPreview.tsx'
import { previewKind } from './preview-kind.ts'
import css from './Run.module.css'
import { artifactHref, artifactsQuery } from './run.queries.ts'
import { words } from './words.ts'

/** The files of a run as a tree, and beside it the one that is looked at. */
export function Artifacts({ run, project }: { run: Run; project: string }) {
  const [search, setSearch] = useSearchState()
  const path = one(search, 'path')
  if (run.artifacts.files === 0)
    return <EmptyState title={words('artifacts.none')}>{words('artifacts.noneText')}</EmptyState>
  return (
    <div className={css.artifacts}>
      <Section
        title={words('tabs.artifacts')}
        end={words('artifacts.files', { n: run.artifacts.files, size: format.bytes(run.artifacts.sizeBytes) })}
      >
        <div className={css.tree} role="tree" aria-label={words('artifacts.tree')}>
          <Folder
            project={project}
            run={run.id}
            path=""
            depth={0}
            chosen={path}
            onChoose={(file) => setSearch({ path: file })}
          />
        </div>
      </Section>
      <Section
        {...(path === undefined ? {} : { title: path.slice(path.lastIndexOf('/') + 1) })}
        end={
          path === undefined ? undefined : (
            <a className={css.download} href={artifactHref(project, run.id, path)} download>
              <DownloadIcon aria-hidden /> {words('artifacts.download')}
            </a>
          )
        }
      >
        {path === undefined ? (
          <p className={css.note}>{words('artifacts.choose')}</p>
        ) : (
          <ArtifactPreview key={path} project={project} run={run.id} path={path} />
        )}
      </Section>
    </div>
  )
}

interface FolderProps {
  project: string
  run: string
  path: string
  depth: number
  chosen: string | undefined
  onChoose: (path: string) => void
}

function Folder(props: FolderProps) {
  const list = useQuery(artifactsQuery(useApi(), props.project, props.run, props.path))
  if (list.error) return <ProblemNotice problem={problemOf(list.error)} />
  return (
    <div role={props.depth === 0 ? 'none' : 'group'}>
      {list.data?.items.map((entry) =>
        entry.folder ? (
          <SubFolder key={entry.path} entry={entry} {...props} />
        ) : (
          <button
            key={entry.path}
            type="button"
            role="treeitem"
            aria-selected={entry.path === props.chosen}
            className={css.entry}
            style={{ paddingLeft: 8 + props.depth * 20 }}
            onClick={() => props.onChoose(entry.path)}
          >
            {previewKind(entry.path) === 'image' ? <ImageIcon aria-hidden /> : <FileIcon aria-hidden />}
            <span className={css.entryName}>{lastPart(entry.path)}</span>
            <span className={css.size}>{entry.sizeBytes === null ? null : <Bytes value={entry.sizeBytes} />}</span>
          </button>
        ),
      )}
    </div>
  )
}

function SubFolder({ entry, ...props }: FolderProps & { entry: Artifact }) {
  const [open, setOpen] = useState(props.chosen?.startsWith(`${entry.path}/`) ?? false)
  return (
    <>
      <button
        type="button"
        role="treeitem"
        aria-expanded={open}
        aria-selected={false}
        className={css.entry}
        style={{ paddingLeft: 8 + props.depth * 20 }}
        onClick={() => setOpen(!open)}
      >
        <ChevronRightIcon aria-hidden className={css.chevron} />
        <FolderIcon aria-hidden />
        <span className={css.entryName}>{lastPart(entry.path)}</span>
      </button>
      {open ? <Folder {...props} path={entry.path} depth={props.depth + 1} /> : null}
    </>
  )
}

const lastPart = (path: string) => path.slice(path.lastIndexOf('/') + 1)
