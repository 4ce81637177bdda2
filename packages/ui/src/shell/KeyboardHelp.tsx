import { Dialog } from '../components/Dialog.tsx'
import { Keycap } from '../components/Marks.tsx'
import { keys } from '../text/en/keys.ts'
import { pageText } from '../text/t.ts'
import css from './KeyboardHelp.module.css'
import { commandKey } from './TopBar.tsx'

const t = pageText(keys)

/** All keys of the app, by where they work. */
export function KeyboardHelp({ onClose }: { onClose: () => void }) {
  const groups: [string, [string, string[]][]][] = [
    [
      t('keys.everywhere'),
      [
        [t('keys.find'), [`${commandKey()} K`]],
        [t('keys.filter'), ['/']],
        [t('keys.home'), ['g', 'h']],
        [t('keys.data'), ['g', 'd']],
        [t('keys.experiments'), ['g', 'e']],
        [t('keys.models'), ['g', 'm']],
        [t('keys.workspaces'), ['g', 'w']],
        [t('keys.services'), ['g', 's']],
        [t('keys.help'), ['?']],
      ],
    ],
    [
      t('keys.lists'),
      [
        [t('keys.next'), ['j']],
        [t('keys.previous'), ['k']],
        [t('keys.open'), ['Enter']],
        [t('keys.choose'), ['x']],
        [t('keys.range'), ['Shift x']],
        [t('keys.clear'), ['Escape']],
      ],
    ],
  ]
  return (
    <Dialog open onClose={onClose} title={t('keys.title')} width={560}>
      <div className={css.groups}>
        {groups.map(([name, keys]) => (
          <section key={name}>
            <h3 className={css.heading}>{name}</h3>
            <dl className={css.keys}>
              {keys.map(([what, caps]) => (
                <div key={what} className={css.line}>
                  <dt>{what}</dt>
                  <dd>
                    {caps.map((cap) => (
                      <Keycap key={cap} keys={cap} />
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}
