import { PassThrough, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Databases, HostTrx, Trx } from '../db/handle.ts'
import { freezeView } from '../db/read-only.ts'
import { reaching } from '../db/unavailable.ts'
import type { Clock } from '../lib/clock.ts'
import { withSpan } from '../telemetry/index.ts'
import { requireLivingReader } from '../users/living.ts'
import type { RequestActor } from '../wire/actor.ts'
import { asContributorError, runContributor } from './contributors.ts'
import type { PrivacyParts } from './modules.ts'
import type { ExportContributor } from './options.ts'

export interface ExportDeps {
  readonly databases: Databases
  readonly parts: PrivacyParts
  readonly exporters: ReadonlyMap<string, ExportContributor>
  /** Milliseconds since the epoch. */
  readonly now: Clock
  /** How long a reader may take nothing before the export and its transaction are given up, in seconds [30]. */
  readonly maxStall?: number
}

/** About how many characters are handed to the stream at once. */
const chunkLength = 16_384

/**
 * Everything held on a person, as of one moment: the plugin's own parts and the host's
 * contributors, each under its name, as the text of one JSON object. What is held as a list
 * is read as it is sent; all else was read before this resolves. Rejects with
 * `A0U_DATABASE_UNAVAILABLE` or `A0U_HOOK_FAILED`; a failure after that destroys the stream before the
 * object is closed. A reader that goes away, or takes nothing for 30 s, ends the transaction.
 */
export async function streamExport(userId: string, deps: ExportDeps, reader?: RequestActor): Promise<Readable> {
  const out = new PassThrough()
  // The reader gets the error from its own listener; without this one an error before the first read would end the process.
  out.on('error', () => {})
  return await new Promise((resolve, reject) => {
    const work = withSpan('privacy.export', {}, () =>
      reaching(() =>
        deps.databases.transaction(async (trx, hostTrx) => {
          await freezeView(trx)
          if (reader !== undefined) await requireLivingReader(trx, reader)
          const members = await collect(trx, hostTrx, userId, deps)
          resolve(out)
          await pipeline(watched(chunks(members), out, deps.maxStall ?? 30), out)
        }),
      ),
    )
    // Before the start the error is the response, after it the end of the stream.
    work.catch((error: Error) => {
      reject(error)
      out.destroy(error)
    })
  })
}

/** A reader that stops holds a connection and its view of the database, so it is cut off. */
async function* watched(texts: AsyncIterable<string>, out: PassThrough, maxStall: number): AsyncGenerator<string> {
  for await (const text of texts) {
    const timer = setTimeout(() => out.destroy(new Error('the export was not read')), maxStall * 1000)
    timer.unref()
    yield text
    clearTimeout(timer)
  }
}

/** The members of the document: text that is ready, or a list that is read while it is sent. */
type Member = readonly [name: string, value: string | AsyncIterable<unknown>]

async function collect(trx: Trx, hostTrx: HostTrx, userId: string, deps: ExportDeps): Promise<readonly Member[]> {
  const members: Member[] = [['exported_at', JSON.stringify(new Date(deps.now()).toISOString())]]
  for (const [name, part] of Object.entries(deps.parts)) {
    members.push([name, asMember(await part.exportFor(trx, userId))])
  }
  for (const [name, contributor] of deps.exporters) {
    const answer = await runContributor(async () => asMember(await contributor(hostTrx, userId)), hostTrx, userId)
    members.push([name, isIterable(answer) ? guarded(answer) : String(answer)])
  }
  return members
}

function asMember(value: unknown): Member[1] {
  return isIterable(value) ? value : (JSON.stringify(value) ?? 'null')
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

/** Distinguishes what a host's iterable throws from our own failures. */
async function* guarded(items: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  try {
    yield* items
  } catch (error) {
    throw asContributorError(error)
  }
}

async function* chunks(members: readonly Member[]): AsyncGenerator<string> {
  let text = ''
  for await (const piece of pieces(members)) {
    text += piece
    if (text.length < chunkLength) continue
    yield text
    text = ''
  }
  yield text
}

async function* pieces(members: readonly Member[]): AsyncGenerator<string> {
  let separator = '{'
  for (const [name, value] of members) {
    yield `${separator}${JSON.stringify(name)}:`
    separator = ','
    if (typeof value === 'string') yield value
    else yield* listPieces(value)
  }
  yield '}'
}

async function* listPieces(items: AsyncIterable<unknown>): AsyncGenerator<string> {
  let separator = '['
  for await (const item of items) {
    yield `${separator}${JSON.stringify(item) ?? 'null'}`
    separator = ','
  }
  yield separator === '[' ? '[]' : ']'
}
