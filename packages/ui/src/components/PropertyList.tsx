import { Fragment, type ReactNode } from 'react'
import { t } from '../text/t.ts'
import css from './PropertyList.module.css'

export interface Property {
  name: string
  value: ReactNode
  /** What it was before; the value is then tinted. */
  was?: string | undefined
}

/** May be cut in an aside; the whole is its tip then. */
const longName = 22

/** Facts of an object, name and value. In asides. */
export function PropertyList({ properties, framed = false }: { properties: readonly Property[]; framed?: boolean }) {
  return (
    <dl className={css.list} data-framed={framed || undefined}>
      {properties.map(({ name, value, was }) => (
        <Fragment key={name}>
          <dt data-tip={name.length > longName ? name : undefined}>{name}</dt>
          <dd>
            {was === undefined ? (
              value
            ) : (
              <>
                <span className={css.changed}>{value}</span>
                <span className={css.was}>{t('property.was', { value: was })}</span>
              </>
            )}
          </dd>
        </Fragment>
      ))}
    </dl>
  )
}
