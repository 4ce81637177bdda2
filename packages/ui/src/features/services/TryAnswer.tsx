import { useMutation } from '@tanstack/react-query'
import type { Service } from '@mllab/sdk'
import { CodeAnswer } from '../../components/CodeBlock.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { type LabApi, useApi } from '../../lib/api.ts'
import { format } from '../../lib/format.ts'
import { problemOf } from '../../lib/problem.ts'
import { words } from './words.ts'

type TryBody = Parameters<LabApi['services']['tryIt']>[0]['body']

export function useTry(service: Service, project: string) {
  const api = useApi()
  return useMutation({
    mutationFn: (body: TryBody) => api.services.tryIt({ params: { project, service: service.slug }, body }),
  })
}

/** What came back, as text: status, time, body. */
export function TryAnswer({ sent }: { sent: ReturnType<typeof useTry> }) {
  if (sent.error) return <ProblemNotice problem={problemOf(sent.error)} />
  const answer = sent.data
  if (!answer) return null
  const json = answer.contentType?.includes('json') ?? false
  return (
    <CodeAnswer
      facts={
        <>
          <b>{answer.status}</b> {words('try.took', { ms: format.metric(Math.round(answer.tookMs * 10) / 10) })}
          {answer.truncated ? ` · ${words('try.cut')}` : ''}
        </>
      }
      code={json ? pretty(answer.body) : answer.body}
      language={json ? 'json' : 'text'}
    />
  )
}

function pretty(text: string): string {
  try {
    const value: unknown = JSON.parse(text)
    const flat = JSON.stringify(value)
    return flat.length < 60 ? flat : JSON.stringify(value, null, 2)
  } catch {
    return text
  }
}
