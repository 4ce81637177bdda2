import { Ring } from '../components/Status.tsx'
import { useNow } from '../components/Values.tsx'
import { format } from '../lib/format.ts'
import { t } from '../text/t.ts'
import css from './LiveNotice.module.css'

const patienceMs = 60_000

/** While the live connection is lost: a word at the top that what is shown may be old. */
export function LiveNotice({ since }: { since: number | null }) {
  const now = useNow()
  if (since === null) return null
  const lost = now - since
  return (
    <div className={css.notice} role="status">
      <Ring size={14} />
      {lost < patienceMs ? t('live.offline') : t('live.offlineFor', { age: format.age(lost) })}
    </div>
  )
}
