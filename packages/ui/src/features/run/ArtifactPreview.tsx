import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { Code } from '../../components/CodeBlock.tsx'
import { Skeleton, useLater } from '../../components/Gauges.tsx'
import { Notice } from '../../components/Notice.tsx'
import { useApi } from '../../lib/api.ts'
import { format } from '../../lib/format.ts'
import { problemOf } from '../../lib/problem.ts'
import { imageType, prettyJson, previewKind } from './preview-kind.ts'
import css from './Run.module.css'
import { words } from './words.ts'

const mostTextBytes = 200_000

/** A file as its picture or its text. It is fetched as bytes and never interpreted as a page. */
export function ArtifactPreview({ project, run, path }: { project: string; run: string; path: string }) {
  const kind = previewKind(path)
  const api = useApi()
  const file = useQuery({
    queryKey: ['artifact', project, run, path],
    enabled: kind !== 'none',
    queryFn: async ({ signal }) => {
      const headers = kind === 'image' ? {} : { range: `bytes=0-${mostTextBytes - 1}` }
      const answer = await api.runs.artifact({ params: { project, run, path } }, { signal, headers })
      return { blob: await answer.blob(), cut: answer.status === 206 && isCut(answer.headers.get('content-range')) }
    },
  })
  const late = useLater(file.isLoading)
  if (kind === 'none') return <p className={css.note}>{words('artifacts.noPreview')}</p>
  if (file.error) return <Notice tone="warn">{problemOf(file.error).detail}</Notice>
  if (!file.data) return late ? <Skeleton height={160} /> : null
  return (
    <>
      {kind === 'image' ? (
        <Picture blob={file.data.blob} path={path} />
      ) : (
        <Text blob={file.data.blob} json={kind === 'json'} name={path} />
      )}
      {file.data.cut ? (
        <p className={css.note}>{words('artifacts.cut', { size: format.bytes(mostTextBytes) })}</p>
      ) : null}
    </>
  )
}

function Picture({ blob, path }: { blob: Blob; path: string }) {
  const address = useMemo(() => URL.createObjectURL(new Blob([blob], { type: imageType(path) })), [blob, path])
  useEffect(() => () => URL.revokeObjectURL(address), [address])
  return <img className={css.picture} src={address} alt={words('artifacts.image', { name: path })} />
}

function Text({ blob, json, name }: { blob: Blob; json: boolean; name: string }) {
  const text = useQuery({ queryKey: ['artifact-text', name, blob.size], queryFn: () => blob.text(), gcTime: 0 }).data
  if (text === undefined) return null
  return (
    <div className={css.text}>
      <Code
        code={json ? prettyJson(text) : text}
        language={json ? 'json' : name.endsWith('.py') ? 'python' : 'text'}
        name={name}
      />
    </div>
  )
}

/** `bytes 0-199999/5120000`: whether there is more. */
function isCut(range: string | null): boolean {
  const [, end, total] = /bytes \d+-(\d+)\/(\d+)/.exec(range ?? '') ?? []
  return end !== undefined && Number(end) + 1 < Number(total)
}
