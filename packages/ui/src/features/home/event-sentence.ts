import type { LabEvent } from '@mllab/sdk'
import { addresses } from '../../lib/address.ts'
import { events, eventWords } from '../../text/en/events.ts'

/** A piece of a sentence; what it is about stands out and may lead there. */
export interface SentencePart {
  text: string
  strong: boolean
  to?: string
}

export interface EventSentence {
  /** Who did it; null for what happened by itself. */
  who: string | null
  parts: readonly SentencePart[]
}

const catalogue: Readonly<Record<string, { did?: string; is?: string }>> = events

/**
 * What happened in words; null for what is only of use to programs (progress of runs, parts of uploads) or that this version does not
 * know.
 * @param me id of the reader, who is “You”
 * @param project slug, for links
 * @param runs where the event stands for several runs of its experiment
 */
export function eventSentence(
  event: LabEvent,
  me: string,
  project: string,
  runs?: { count: number; failed: number },
): EventSentence | null {
  if (runs) return runsSentence(event, me, project, runs)
  const known = Object.hasOwn(catalogue, event.type) ? catalogue[event.type] : undefined
  if (!known) return null
  const values: Record<string, string> = { name: nameOf(event), ...texts(event.payload) }
  const to = addressOf(event, project)
  const parts = (known.did ?? known.is ?? '')
    .split(/(@?\{\w+\})/)
    .filter((piece) => piece !== '')
    .map((piece): SentencePart => {
      const found = /^(@?)\{(\w+)\}$/.exec(piece)
      if (!found) return { text: piece, strong: false }
      const [, at = '', key = ''] = found
      const isName = key === 'name'
      return {
        text: at + (values[key] ?? ''),
        strong: key !== 'role' && key !== 'status',
        ...(isName && to ? { to } : {}),
      }
    })
  if (known.did === undefined) return { who: null, parts }
  return { who: whoOf(event, me), parts }
}

function whoOf({ actor }: LabEvent, me: string): string {
  if (actor === null) return eventWords['event.somebody']
  return actor.id === me ? eventWords['event.you'] : actor.name
}

/** “Mara logged 12 runs in fraud-detection, 2 failed.” */
function runsSentence(
  event: LabEvent,
  me: string,
  project: string,
  { count, failed }: { count: number; failed: number },
): EventSentence {
  const { experiment, experimentName } = event.payload
  const known = typeof experiment === 'number' && typeof experimentName === 'string'
  return {
    who: whoOf(event, me),
    parts: [
      { text: `${eventWords['event.logged']} `, strong: false },
      { text: eventWords['event.runs'].replace('{n}', String(count)), strong: true },
      ...(known
        ? [
            { text: ` ${eventWords['event.in']} `, strong: false },
            {
              text: experimentName,
              strong: true,
              to: addresses.object(project, 'experiments', String(experiment)),
            },
          ]
        : []),
      ...(failed > 0 ? [{ text: eventWords['event.failed'].replace('{n}', String(failed)), strong: false }] : []),
    ],
  }
}

/** Experiments and runs tell their name, models have no other id. */
function nameOf({ subject, payload }: LabEvent): string {
  const name = payload['name']
  return typeof name === 'string' && name !== '' ? name : subject.kind === 'model' ? subject.id : ''
}

function texts(payload: LabEvent['payload']): Record<string, string> {
  const plain = Object.entries(payload).filter(
    ([key, value]) => key !== 'name' && ['string', 'number'].includes(typeof value),
  )
  return Object.fromEntries(plain.map(([key, value]) => [key, String(value)]))
}

/** Where the object is, unless it is gone. */
function addressOf(event: LabEvent, project: string): string | undefined {
  if (event.type.endsWith('deleted')) return undefined
  const { subject, payload } = event
  const slug = payload['slug']
  if (subject.kind === 'dataset') return addresses.object(project, 'data', nameOf(event))
  if (subject.kind === 'experiment') return addresses.object(project, 'experiments', subject.id)
  if (subject.kind === 'run' && typeof payload['experiment'] === 'number')
    return addresses.run(project, payload['experiment'], subject.id)
  if (subject.kind === 'model') return addresses.object(project, 'models', nameOf(event))
  if (subject.kind === 'workspace' && typeof slug === 'string') return addresses.object(project, 'workspaces', slug)
  if (subject.kind === 'service' && typeof slug === 'string') return addresses.object(project, 'services', slug)
  return undefined
}
