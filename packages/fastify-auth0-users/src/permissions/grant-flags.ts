/** What a person may be, beside their grants. */
export interface Flags {
  readonly is_active: boolean
  readonly is_staff: boolean
  readonly is_superuser: boolean
  /** Takes away: a platform's account never deletes. */
  readonly is_platform: boolean
}

/** Those of the wanted flags that are not so yet. */
export function changedFlags(current: Flags, wanted: Partial<Flags>): Partial<Flags> {
  const changed = Object.entries(wanted).filter(([name, value]) => current[name as keyof Flags] !== value)
  return Object.fromEntries(changed) as Partial<Flags>
}

/** Whether a change lets the person do more than before; losing `is_platform` does. */
export function isUpward(changed: Partial<Flags>): boolean {
  const { is_active, is_staff, is_superuser, is_platform } = changed
  return is_active === true || is_staff === true || is_superuser === true || is_platform === false
}

/** Whether a change could take away an active superuser. */
export function endsSuperuser(wanted: Partial<Flags>): boolean {
  return wanted.is_superuser === false || wanted.is_active === false
}
