import { useInfiniteQuery } from '@tanstack/react-query'
import { Fragment } from 'react'
import type { LabEvent } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { Skeleton, useLater } from '../../components/Gauges.tsx'
import { Link } from '../../components/Link.tsx'
import { Person } from '../../components/Marks.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { StatusMark } from '../../components/Status.tsx'
import { RelativeTime } from '../../components/Values.tsx'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { useMe } from '../../lib/queries.ts'
import { home } from '../../text/en/home.ts'
import { pageText } from '../../text/t.ts'
import { condense } from './condense.ts'
import { eventSentence, type EventSentence } from './event-sentence.ts'
import css from './Home.module.css'
import { eventsQuery } from './home.queries.ts'

const t = pageText(home)

/** What people did in the project, newest first. */
export function ActivityFeed({ project }: { project: string }) {
  const me = useMe()
  const list = useInfiniteQuery(eventsQuery(useApi(), project))
  const waiting = useLater(list.isPending)
  const readable = (list.data?.pages ?? [])
    .flatMap((page) => page.items)
    .filter((event) => eventSentence(event, me.id, project) !== null)
  const told = condense(readable).flatMap(({ event, more, runs }) => {
    const sentence = eventSentence(event, me.id, project, runs)
    return sentence ? [{ event, sentence, more }] : []
  })
  return (
    <Section title={t('home.activity')}>
      {list.error ? <ProblemNotice problem={problemOf(list.error)} /> : null}
      {waiting ? <Skeleton width="70%" /> : null}
      {list.data && told.length === 0 && !list.hasNextPage ? (
        <p className={css.nothing}>{t('home.noActivity')}</p>
      ) : (
        <ol className={css.feed}>
          {told.map(({ event, sentence, more }) => (
            <Happened key={event.id} event={event} sentence={sentence} more={more} />
          ))}
        </ol>
      )}
      {list.hasNextPage ? (
        <Button size="sm" variant="ghost" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t('home.older')}
        </Button>
      ) : null}
    </Section>
  )
}

function Happened({ event, sentence, more }: { event: LabEvent; sentence: EventSentence; more: number }) {
  return (
    <li className={css.happened}>
      {sentence.who === null ? (
        <StatusMark status="failed" size={14} label={false} />
      ) : (
        <Person name={event.actor?.name ?? sentence.who} bare />
      )}
      <div>
        <p className={css.sentence}>
          {sentence.who === null ? null : <>{sentence.who} </>}
          {sentence.parts.map((part, index) => (
            <Fragment key={index}>
              {part.to !== undefined ? (
                <Link plain to={part.to}>
                  {part.text}
                </Link>
              ) : part.strong ? (
                <b>{part.text}</b>
              ) : (
                part.text
              )}
            </Fragment>
          ))}
          {more > 0 ? ` ${t('home.more', { n: more })}` : null}
        </p>
        <p className={css.when}>
          <RelativeTime at={Date.parse(event.at)} />
        </p>
      </div>
    </li>
  )
}
