import { ProblemNotice } from '../components/Notice.tsx'
import { PageBody } from '../components/Page.tsx'
import { problemOf } from '../lib/problem.ts'
import { MissingPage } from './ErrorPage.tsx'

/** In the place of a page whose object could not be had: it is not there, or what went wrong. */
export function FailedPage({ error }: { error: unknown }) {
  const problem = problemOf(error)
  // An address that cannot be one of ours leads nowhere just as well.
  if (problem.code === 'NOT_FOUND' || problem.code === 'INVALID_INPUT') return <MissingPage />
  return (
    <PageBody>
      <ProblemNotice problem={problem} />
    </PageBody>
  )
}
