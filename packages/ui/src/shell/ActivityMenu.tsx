import { IconButton } from '../components/Button.tsx'
import { ActivityIcon, CloseIcon } from '../components/icons.ts'
import { Link } from '../components/Link.tsx'
import { Popover } from '../components/Popover.tsx'
import { Progress } from '../components/Gauges.tsx'
import { Ring, StatusMark } from '../components/Status.tsx'
import { format } from '../lib/format.ts'
import { t } from '../text/t.ts'
import css from './ActivityMenu.module.css'
import type { Activity } from './types.ts'

/** The ring in the top bar, the only other place where progress shows; opened it is the list of long work. */
export function ActivityMenu({ activities, touch }: { activities: readonly Activity[]; touch: boolean }) {
  const running = activities.filter((one) => one.status === 'running')
  const known = running.flatMap((one) => (one.share === null ? [] : [one.share]))
  const share = known.length === 0 ? undefined : known.reduce((sum, one) => sum + one, 0) / known.length
  const name = running.length === 0 ? t('activity.title') : t('activity.running', { n: running.length })
  return (
    <Popover
      width={384}
      label={t('activity.title')}
      trigger={(trigger) => {
        if (running.length === 0)
          return (
            <IconButton
              {...trigger}
              icon={ActivityIcon}
              size={touch ? 'touch' : 'md'}
              label={name}
              className={css.idle}
            />
          )
        return (
          <button
            type="button"
            className={css.ring}
            aria-label={name}
            data-tip={name}
            data-touch={touch || undefined}
            {...trigger}
          >
            <Ring size={16} share={share} />
            <span>{running.length}</span>
          </button>
        )
      }}
    >
      <ActivityList activities={activities} />
    </Popover>
  )
}

export function ActivityList({ activities }: { activities: readonly Activity[] }) {
  if (activities.length === 0) {
    return (
      <div className={css.none}>
        <p>{t('activity.none')}</p>
        <p className={css.facts}>{t('activity.hint')}</p>
      </div>
    )
  }
  return (
    <ul className={css.list}>
      {activities.map((one) => (
        <li key={one.id} className={css.item}>
          <div className={css.line}>
            {one.status === 'running' ? null : (
              <StatusMark
                status={one.status === 'failed' ? 'failed' : 'finished'}
                size={14}
                label={t(one.status === 'failed' ? 'activity.failed' : 'activity.done')}
              />
            )}
            <span className={css.name}>
              {one.to === undefined ? (
                one.name
              ) : (
                <Link to={one.to} plain>
                  {one.name}
                </Link>
              )}
            </span>
            {one.status === 'running' && one.share !== null ? <span>{format.percent(one.share)}</span> : null}
            {one.onCancel && one.status === 'running' ? (
              <IconButton
                icon={CloseIcon}
                size="bare"
                label={t('activity.cancel', { name: one.name })}
                onClick={one.onCancel}
              />
            ) : null}
          </div>
          {one.status === 'running' ? <Progress value={one.share} label={one.name} /> : null}
          <div className={css.facts}>{one.facts}</div>
        </li>
      ))}
    </ul>
  )
}
