import type { ReactNode } from 'react'
import { t } from '../text/t.ts'
import { CodeBlock, type Snippet } from './CodeBlock.tsx'
import { Progress } from './Gauges.tsx'
import { CheckIcon } from './icons.ts'
import { StatusMark } from './Status.tsx'
import css from './Steps.module.css'

export interface Step {
  name: string
  status: 'pending' | 'current' | 'done' | 'failed'
  /** What it is about: “on this machine, 2 CPU and 4 GB reserved”. */
  facts?: ReactNode
  /** What it took, or what is left: “0.3 s”, “11 s left”. */
  time?: ReactNode
  progress?: { value: number | null; facts: ReactNode }
}

const marks = { pending: 'queued', current: 'starting', done: 'finished', failed: 'failed' } as const

/** Long work, step by step: start of a workspace, an import. Name, facts, time; one of them with its rate. */
export function StepList({ steps, label }: { steps: readonly Step[]; label: string }) {
  return (
    <ol className={css.list} aria-label={label}>
      {steps.map((step) => (
        <li key={step.name} className={css.step} data-status={step.status}>
          <StatusMark status={marks[step.status]} label={t(`steps.${step.status}`)} />
          <span className={css.name}>{step.name}</span>
          <span className={css.facts}>{step.facts}</span>
          <span className={css.time}>{step.time}</span>
          {step.progress === undefined ? null : (
            <span className={css.progress}>
              <Progress value={step.progress.value} label={step.name} />
              <span className={css.progressFacts}>{step.progress.facts}</span>
            </span>
          )}
        </li>
      ))}
    </ol>
  )
}

export interface OnboardingStep {
  name: string
  done: boolean
  /** What came of it, when: “2 min ago”. */
  when?: ReactNode
  /** Two lines at most: what it gives. */
  text: string
  /** What came of it, or its button. The button of the next step is the only primary one: see `onboardingNext`. */
  action?: ReactNode
  code: readonly Snippet[]
}

/** The loop of an empty project as numbered steps; each has its button and three lines of code. */
export function OnboardingSteps({ steps }: { steps: readonly OnboardingStep[] }) {
  const next = onboardingNext(steps)
  return (
    <ol className={css.onboarding}>
      {steps.map((step, index) => (
        <li key={step.name} className={css.big} data-state={step.done ? 'done' : index === next ? 'next' : 'later'}>
          <span className={css.number}>{step.done ? <CheckIcon aria-label={t('steps.done')} /> : index + 1}</span>
          <div className={css.bigWords}>
            <h2>
              {step.name}
              {step.when === undefined ? null : <span className={css.when}>{step.when}</span>}
            </h2>
            <p>{step.text}</p>
            {step.action === undefined ? null : <div className={css.action}>{step.action}</div>}
          </div>
          <div className={css.bigCode}>
            <CodeBlock snippets={step.code} label={step.name} />
          </div>
        </li>
      ))}
    </ol>
  )
}

/** The first step that is not done yet, -1 when all are. */
export const onboardingNext = (steps: readonly Pick<OnboardingStep, 'done'>[]) => steps.findIndex((step) => !step.done)
