import { Button, ButtonLink } from '../components/Button.tsx'
import { EmptyState } from '../components/EmptyState.tsx'
import { addresses } from '../lib/address.ts'
import { useCopy } from '../lib/copy.ts'
import { t } from '../text/t.ts'
import css from './ErrorPage.module.css'

/** What a page that threw becomes; the shell around it goes on. After an update its chunks are gone, and only a reload helps. */
export function ErrorPage({ error }: { error: unknown }) {
  const [copied, copy] = useCopy()
  const outdated = error instanceof TypeError && /dynamically imported module|module script/i.test(error.message)
  const details = () =>
    [location.href, navigator.userAgent, error instanceof Error ? (error.stack ?? error.message) : String(error)].join(
      '\n\n',
    )
  return (
    <div className={css.page} role="alert">
      <EmptyState
        title={t(outdated ? 'error.outdated' : 'error.title')}
        actions={
          <>
            <Button variant="primary" onClick={() => location.reload()}>
              {t('error.reload')}
            </Button>
            {outdated ? null : (
              <Button onClick={() => copy(details())}>{copied ? t('common.copied') : t('error.copy')}</Button>
            )}
          </>
        }
      >
        {t(outdated ? 'error.outdatedDetail' : 'error.detail')}
      </EmptyState>
    </div>
  )
}

/** Nothing at this address, or nothing this reader may see: the two are not told apart. */
export function MissingPage() {
  return (
    <div className={css.page}>
      <EmptyState
        title={t('missing.title')}
        actions={<ButtonLink to={addresses.start}>{t('missing.home')}</ButtonLink>}
      >
        {t('missing.detail')}
      </EmptyState>
    </div>
  )
}
