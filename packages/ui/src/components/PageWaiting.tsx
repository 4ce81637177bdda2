import { t } from '../text/t.ts'
import { Skeleton, useLater } from './Gauges.tsx'
import { PageBody, PageLayout } from './Page.tsx'

/** An object's page while its object is fetched: nothing at first, then grey blocks where title and content will be. */
export function PageWaiting() {
  const late = useLater(true)
  if (!late) return null
  return (
    <PageLayout>
      <PageBody>
        <div role="status" aria-label={t('page.loading')}>
          <Skeleton width={220} height={24} />
        </div>
        <Skeleton width="60%" height={12} />
        <Skeleton height={180} />
      </PageBody>
    </PageLayout>
  )
}
