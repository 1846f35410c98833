/** A set that cannot be changed after it was made: `add`, `delete` and `clear` throw. */
export class FrozenSet<T> extends Set<T> {
  readonly #made = true

  override add(value: T): this {
    // The constructor of Set calls this too, before any field is there.
    if (#made in this) throw refusal()
    return super.add(value)
  }

  override delete(_value: T): never {
    throw refusal()
  }

  override clear(): never {
    throw refusal()
  }
}

function refusal(): TypeError {
  return new TypeError('this set must not be changed')
}
