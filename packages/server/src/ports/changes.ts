/** Wake-ups between parts and replicas: never the truth, only a hint to look. In-process for SQLite, LISTEN/NOTIFY for PostgreSQL. */
export interface ChangeFeed {
  announce(topic: ChangeTopic): void
  /** Called soon after an announcement anywhere; announcements may be merged, and lost ones are made up for by polling. */
  subscribe(topic: ChangeTopic, wake: () => void): () => void
  close(): Promise<void>
}

/** `events`: rows were added to the event table. `access`: the access version changed. `workloads`: desired state changed. */
export type ChangeTopic = 'events' | 'access' | 'workloads' | 'operations' | 'routes'
