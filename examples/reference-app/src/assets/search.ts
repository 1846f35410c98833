/** Words that a search looks for at the most. */
const maxWords = 8

/**
 * Words without case and accents. Done here, since what PostgreSQL takes for a capital letter depends on
 * the locale that a database was made with.
 */
function wordsOf(text: string): string[] {
  const plain = text.normalize('NFKD').replace(/\p{Mark}/gu, '')
  return plain.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
}

/** What is searched of an asset. */
export function searchText({ title, summary, creator }: Record<'title' | 'summary' | 'creator', string>): string {
  return wordsOf(`${title} ${summary} ${creator}`).join(' ')
}

/**
 * What a person typed, as a query of PostgreSQL's full-text search: every word must begin some word of
 * the text. Anything but letters and digits separates words, so nothing of the query language gets through.
 * Undefined when no word is left.
 */
export function toPrefixQuery(text: string | undefined): string | undefined {
  const words = wordsOf(text ?? '').slice(0, maxWords)
  return words.length === 0 ? undefined : words.map(word => `${word}:*`).join(' & ')
}
