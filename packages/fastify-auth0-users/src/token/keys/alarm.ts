import type { Clock } from '../../lib/clock.ts'
/** A timer on an injected clock: the clock decides when it is time, the timer only asks it again. */
export interface Alarm {
  /** Milliseconds since the epoch; replaces the time set before. */
  set(at: number): void
  close(): void
}

/** The longest and the shortest delay, in milliseconds, that is handed to `setTimeout`. */
const longest = 2 ** 31 - 1
const shortest = 100

/** Never keeps the process alive. */
export function createAlarm(now: Clock, ring: () => void): Alarm {
  let timer: NodeJS.Timeout | undefined
  let closed = false

  function set(at: number): void {
    clearTimeout(timer)
    if (closed) return
    const delay = Math.min(Math.max(at - now(), shortest), longest)
    timer = setTimeout(() => (now() >= at ? ring() : set(at)), delay).unref()
  }

  function close(): void {
    closed = true
    clearTimeout(timer)
  }

  return { set, close }
}
