import type { ReactNode } from 'react'
import type { WorkloadState } from '@mllab/sdk'
import { LogView } from '../../components/LogView.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { PropertyList } from '../../components/PropertyList.tsx'
import { RelativeTime } from '../../components/Values.tsx'
import { logLine } from './log-lines.ts'
import { shortages } from './StateNotices.tsx'
import { words } from './words.ts'
import css from './Workloads.module.css'

export interface WayOut {
  title: string
  text: string
  /** Its button; the first way is the primary one. */
  button: ReactNode
}

/** Why a workload failed: the reason, the evidence, the ways out. */
export function FailedSection({
  state,
  ways,
  log,
}: {
  state: WorkloadState
  ways: readonly WayOut[]
  /** The whole log, for those who may read it. */
  log: ReactNode
}) {
  const { reason } = state
  if (!reason) return null
  const facts = [
    { name: words('failed.when'), value: <RelativeTime at={Date.parse(state.since)} /> },
    ...(reason.exitCode === null ? [] : [{ name: words('failed.code'), value: <code>{reason.exitCode}</code> }]),
    { name: words('failed.image.name'), value: state.image },
    { name: words('failed.starts'), value: state.generation },
  ]
  return (
    <div className={css.failed}>
      <div className={css.evidence}>
        <ProblemNotice
          problem={{
            code: `WORKLOAD_${reason.code.toUpperCase().replaceAll('-', '_')}`,
            title: titleOf(reason.code),
            detail: reason.detail,
            fix: fixOf(reason.code),
          }}
        />
        {reason.lastLines.length > 0 && !(log && inLog.has(reason.code)) ? (
          <LogView
            title={words('log.lastLines')}
            lines={reason.lastLines.map((text, index) => logLine(text, index + 1))}
            maxHeight={300}
          />
        ) : null}
        {log}
      </div>
      <div className={css.ways}>
        {ways.length > 0 ? (
          <section>
            <h2>{words('failed.whatToDo')}</h2>
            <ul className={css.wayList}>
              {ways.map((way) => (
                <li key={way.title}>
                  <div>
                    <b>{way.title}</b>
                    <p>{way.text}</p>
                  </div>
                  {way.button}
                </li>
              ))}
            </ul>
          </section>
        ) : null}
        <PropertyList framed properties={facts} />
      </div>
    </div>
  )
}

/** Reasons of a process that ran: its last lines are the end of its log, which stands on the same page. */
const inLog = new Set<string>(['exit', 'setup', 'killed', 'health', ...shortages])

const titles = ['exit', 'killed', 'image', 'health', 'lost', 'setup', 'administrator'] as const

function titleOf(code: string): string {
  const shortage = shortages.find((one) => one === code)
  if (shortage) return words(`shortage.${shortage}`)
  const known = titles.find((title) => title === code)
  return words(known ? `failed.${known}` : 'failed.start')
}

function fixOf(code: string): string | undefined {
  const shortage = shortages.find((one) => one === code)
  return shortage && words(`fix.${shortage}`)
}
