import type { ComponentType } from 'preact'
import { usePath } from '../shared/router.tsx'
import { Toasts } from '../shared/toast.tsx'
import { Shell } from './components/shell.tsx'
import { mayOpen, pageEntries } from './lib/pages.ts'
import { AssetForm } from './pages/asset-form.tsx'
import { Assets } from './pages/assets.tsx'
import { Audit } from './pages/audit.tsx'
import { GroupDetail } from './pages/group-detail.tsx'
import { Groups } from './pages/groups.tsx'
import { Jobs } from './pages/jobs.tsx'
import { NotFound, NotYours } from './pages/not-found.tsx'
import { Overview } from './pages/overview.tsx'
import { Reports } from './pages/reports.tsx'
import { Requests } from './pages/requests.tsx'
import { Tokens } from './pages/tokens.tsx'
import { UserDetail } from './pages/user-detail.tsx'
import { Users } from './pages/users.tsx'
import { SessionScreen } from './session/screens.tsx'
import { type Staff, StaffContext, useSessionControl } from './session/session.ts'

/** The administration: a session first, then the page that the address names. */
export function App() {
  const control = useSessionControl()
  const { state, signOut } = control
  if (state.step !== 'signed-in') return <SessionScreen control={control} />
  const { me } = state
  const held = new Set(me.permissions)
  const staff: Staff = { me, signOut, can: permission => held.has(permission) }
  return (
    <StaffContext.Provider value={staff}>
      <Shell>
        <CurrentPage staff={staff} />
      </Shell>
      <Toasts />
    </StaffContext.Provider>
  )
}

const lists: Readonly<Record<string, ComponentType>> = {
  '': Overview,
  '/requests': Requests,
  '/assets': Assets,
  '/users': Users,
  '/groups': Groups,
  '/reports': Reports,
  '/audit': Audit,
  '/jobs': Jobs,
  '/tokens': Tokens,
}

const details: Readonly<Record<string, ComponentType<{ id: string }>>> = {
  '/assets': AssetForm,
  '/users': UserDetail,
  '/groups': GroupDetail,
}

function CurrentPage({ staff }: { readonly staff: Staff }) {
  const address = usePath()
  const [, path = '', id] = /^\/admin(\/[a-z]+)?(?:\/([\w-]+))?$/.exec(address) ?? ['', 'none']
  const entry = pageEntries.find(known => known.path === path)
  if (entry === undefined) return <NotFound />
  if (!mayOpen(entry, staff.can)) return <NotYours title={entry.label} />
  if (id === undefined) {
    const List = lists[path]
    return List === undefined ? <NotFound /> : <List key={path} />
  }
  const Detail = details[path]
  return Detail === undefined ? <NotFound /> : <Detail key={id} id={id} />
}
