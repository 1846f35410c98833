/** The current time in milliseconds since the epoch, as `Date.now` returns it; injected so that tests can set it. */
export type Clock = () => number
