import type { ReactNode } from 'react'
import { cx } from '../lib/cx.ts'
import { t } from '../text/t.ts'
import { ExternalIcon } from './icons.ts'
import { ExternalLink } from './Link.tsx'
import css from './Notice.module.css'
import { StatusMark } from './Status.tsx'
import { CopyId } from './Values.tsx'

/** One sentence with the name first, and one small button. Amber for what needs a look, red for what failed here, plain for a request. */
export function Notice({
  tone,
  children,
  action,
  leading,
}: {
  tone: 'warn' | 'failed' | 'plain'
  children: ReactNode
  action?: ReactNode
  leading?: ReactNode
}) {
  const mark =
    leading ??
    (tone === 'plain' ? null : <StatusMark status={tone === 'warn' ? 'unhealthy' : 'failed'} label={false} />)
  return (
    <div className={cx(css.notice, css[tone])} role={tone === 'failed' ? 'alert' : 'status'}>
      {mark}
      <div className={css.words}>{children}</div>
      {action === undefined ? null : <div className={css.action}>{action}</div>}
    </div>
  )
}

/** An error as the server describes it, and as the sdk throws it. */
export interface Problem {
  code: string
  title: string
  detail?: string | undefined
  /** What to do next. */
  fix?: string | undefined
  requestId?: string | undefined
  /** Its page in the documentation. */
  docs?: string | undefined
}

/** What happened, why, and what to do; the code leads to its page, the request id can be copied. */
export function ProblemNotice({ problem, action }: { problem: Problem; action?: ReactNode }) {
  return (
    <section className={cx(css.notice, css.failed, css.problem)} role="alert">
      <StatusMark status="failed" label={false} />
      <div className={css.words}>
        <h2>{problem.title}</h2>
        <p className={css.detail}>{[problem.detail, problem.fix].filter(Boolean).join(' ')}</p>
        <div className={css.facts}>
          <code className={css.code}>{problem.code}</code>
          {problem.docs === undefined ? null : (
            <ExternalLink href={problem.docs} className={css.docs}>
              {t('error.code')} <ExternalIcon aria-hidden />
            </ExternalLink>
          )}
          {problem.requestId === undefined ? null : (
            <span className={css.request}>
              {t('error.request')} <CopyId value={problem.requestId} short={false} />
            </span>
          )}
        </div>
      </div>
      {action === undefined ? null : <div className={css.action}>{action}</div>}
    </section>
  )
}

export { EmptyState, NoMatch } from './EmptyState.tsx'
