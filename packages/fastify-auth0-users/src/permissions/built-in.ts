/**
 * The permissions of this plugin's own staff routes and commands. They are in every catalogue beside
 * those that the host declares:
 *
 * - `accounts.view_user`, `accounts.change_user`: read people; change flags, deactivate, sign out everywhere
 * - `accounts.view_group`, `accounts.add_group`, `accounts.change_group`, `accounts.delete_group`
 * - `accounts.view_permission`: read the catalogue
 * - `accounts.grant_permission`: grant and revoke permissions, put people into groups; never more than one holds
 * - `accounts.view_audit`: read the audit trail of everybody
 * - `accounts.view_report`: read the reports, which are counts
 * - `accounts.view_token`, `accounts.delete_token`: list and revoke the API tokens of others
 * - `accounts.view_session`, `accounts.delete_session`: list and end the sessions of others
 * - `accounts.change_superuser`: what else a superuser's limited credential must name to act as a superuser's;
 *   a grant of it makes no user the equal of a superuser
 * - `accounts.view_organization`, `accounts.add_organization`, `accounts.change_organization`,
 *   `accounts.delete_organization`: read and change every organization, with its members
 * - `accounts.view_membership`, `accounts.change_membership`, `accounts.delete_membership`: in an organization, read
 *   its members, change their roles and grants, remove them
 * - `accounts.view_invitation`, `accounts.add_invitation`, `accounts.delete_invitation`: in an organization, list,
 *   send and revoke invitations
 */
export const builtInPermissions = [
  'accounts.view_user',
  'accounts.change_user',
  'accounts.view_group',
  'accounts.add_group',
  'accounts.change_group',
  'accounts.delete_group',
  'accounts.view_permission',
  'accounts.grant_permission',
  'accounts.view_audit',
  'accounts.view_report',
  'accounts.view_token',
  'accounts.delete_token',
  'accounts.view_session',
  'accounts.delete_session',
  'accounts.change_superuser',
  'accounts.view_organization',
  'accounts.add_organization',
  'accounts.change_organization',
  'accounts.delete_organization',
  'accounts.view_membership',
  'accounts.change_membership',
  'accounts.delete_membership',
  'accounts.view_invitation',
  'accounts.add_invitation',
  'accounts.delete_invitation',
] as const

/** A permission of this plugin's own. */
export type BuiltInPermission = (typeof builtInPermissions)[number]
