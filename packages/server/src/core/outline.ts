/** How many there are (exact to 10 000) and which came first: what overviews show of any kind of thing. */
export interface Outline {
  readonly count: number
  readonly first: { readonly name: string; readonly at: number } | undefined
}

/** Counting stops here, so that an overview costs the same in a large project. */
export const COUNT_LIMIT = 10_000
