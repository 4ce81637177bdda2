import { Progress } from '../../components/Gauges.tsx'
import { ClockIcon } from '../../components/icons.ts'
import { Section } from '../../components/Page.tsx'
import { type Step, StepList } from '../../components/Steps.tsx'
import { format } from '../../lib/format.ts'
import { elapsedOf, leftOf, shareOf, shownSteps, type StartStep } from './steps.ts'
import { useTicking } from './use-ticking.ts'
import { words } from './words.ts'
import css from './Workloads.module.css'

/** A start as it goes: time left, one bar, the steps with the time each took. */
export function StartProgress({ name, steps, last }: { name: string; steps: readonly StartStep[]; last?: Step }) {
  const now = useTicking(true)
  const left = leftOf(steps, now)
  const image = steps.find((step) => step.name === 'image')
  const firstTime = image?.status === 'running' && image.progress !== null
  return (
    <>
      <Section
        title={left === null ? words('start.now') : words('start.left', { time: format.age(left) })}
        end={words('start.soFar', { time: format.duration(elapsedOf(steps, now)) })}
      >
        <Progress thick value={shareOf(steps)} label={words('start.progress', { name })} />
      </Section>
      <StepList label={words('start.steps')} steps={[...shownSteps(steps, now), ...(last ? [last] : [])]} />
      {firstTime ? (
        <p className={css.remark}>
          <ClockIcon aria-hidden /> {words('start.first')}
        </p>
      ) : null}
    </>
  )
}
