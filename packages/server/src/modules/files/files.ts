export type { TreeChild, TreeEntry, TreeRef, Trees } from './trees.ts'
