import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Check } from '../../shared/field.tsx'
import { humanise } from '../../shared/format.ts'
import { api } from '../api/client.ts'
import type { Group } from '../api/types.ts'
import { permissionLabel } from '../lib/format.ts'
import { useStaff } from '../session/session.ts'
import { Nothing, useAction } from './feedback.tsx'
import { Section } from './page.tsx'

interface GroupPermissionsProps {
  readonly group: Group
  /** Undefined for those who may not change it. */
  readonly catalogue: readonly string[] | undefined
  readonly onChange: (group: Group) => void
}

/** What a group grants: to be ticked by those who may, a list for others. */
export function GroupPermissions({ group, catalogue, onChange }: GroupPermissionsProps): JSX.Element {
  if (catalogue !== undefined) return <Editor group={group} catalogue={catalogue} onChange={onChange} />
  return (
    <Section title="Grants">
      {group.permissions.length === 0 ? (
        <Nothing>Nothing.</Nothing>
      ) : (
        <ul class="plain lines">
          {group.permissions.map(permission => (
            <li key={permission} class="line">
              <span class="line__text">
                <span>{permissionLabel(permission)}</span>
                <code class="muted breakable">{permission}</code>
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}

interface EditorProps extends GroupPermissionsProps {
  readonly catalogue: readonly string[]
}

function Editor({ group, catalogue, onChange }: EditorProps): JSX.Element {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(group.permissions))
  const { busy, run } = useAction()
  const changed = chosen.size !== group.permissions.length || group.permissions.some(name => !chosen.has(name))

  const toggle = (permission: string, checked: boolean): void => {
    const next = new Set(chosen)
    if (checked) next.add(permission)
    else next.delete(permission)
    setChosen(next)
  }
  const save = (event: SubmitEvent): void => {
    event.preventDefault()
    const permissions = [...chosen]
    const change = async (): Promise<void> =>
      onChange(await api.put<Group>(`/accounts/admin/groups/${group.id}/permissions`, { permissions }))
    void run(change, 'Saved. Members hold this from now on.')
  }
  return (
    <Section title="Grants" lead="You can add what you hold yourself.">
      <form class="stack stack--l" onSubmit={save}>
        <div class="permission-groups">
          {labelsOf(catalogue).map(label => (
            <Area key={label} label={label} names={catalogue} chosen={chosen} onToggle={toggle} />
          ))}
        </div>
        <div class="row">
          <button type="submit" class="button button--primary" disabled={!changed} aria-disabled={busy}>
            {busy ? 'Saving …' : 'Save'}
          </button>
          <span class="muted small">
            {chosen.size} of {catalogue.length} chosen
          </span>
        </div>
      </form>
    </Section>
  )
}

const labelOf = (permission: string): string => permission.split('.', 1)[0] ?? ''
const labelsOf = (permissions: readonly string[]): readonly string[] => [...new Set(permissions.map(labelOf))]

interface AreaProps {
  readonly label: string
  readonly names: readonly string[]
  readonly chosen: ReadonlySet<string>
  readonly onToggle: (permission: string, checked: boolean) => void
}

/** The permissions of one app label. One that the visitor lacks can be taken away, not added. */
function Area({ label, names, chosen, onToggle }: AreaProps): JSX.Element {
  const { can } = useStaff()
  return (
    <fieldset class="area stack stack--s">
      <legend>{humanise(label)}</legend>
      {names
        .filter(name => labelOf(name) === label)
        .map(name => (
          <Check
            key={name}
            label={permissionLabel(name)}
            checked={chosen.has(name)}
            disabled={!can(name) && !chosen.has(name)}
            onChecked={checked => onToggle(name, checked)}
          />
        ))}
    </fieldset>
  )
}
