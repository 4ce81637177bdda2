import { randomInt } from 'node:crypto'

const moods = [
  'able agile amber ample apt azure bold brave brisk calm candid clever coral crisp deft eager fair fleet fond frank',
  'gentle glad golden grand green happy hardy honest ivory jolly keen kind lively loyal lucid lunar mellow merry mild neat',
  'nimble noble olive plucky polite proud quick quiet rapid ready rosy rustic sage silver smart snowy solar sunny swift tidy',
]
  .join(' ')
  .split(' ')
const animals = [
  'badger bear beaver bee bison bunny carp cat colt crab crane crow deer dolphin dove duck eel elk falcon ferret finch fish',
  'fox frog gnat goat goose grouse gull hare hawk hen heron horse jay kite lamb lark lynx mare midge mole moose moth mouse',
  'newt otter owl perch pug ram rat rook seal shrew skunk snail squid stag stork swan toad trout wasp whale wolf wren yak',
]
  .join(' ')
  .split(' ')

/** A name for a run that was given none: easy to say, and rarely the same twice in a project. */
export function newRunName(): string {
  return `${pick(moods)}-${pick(animals)}-${randomInt(1000)}`
}

function pick(words: readonly string[]): string {
  return words[randomInt(words.length)] ?? 'plain'
}
