import { modelPermissions } from 'fastify-auth0-users'

/** Every permission that this app knows, as `app_label.codename`. */
export const permissions = [
  'qa_crawler.qa_crawler',
  'digital_pr.digital_pr',
  ...modelPermissions('store.asset'),
  ...modelPermissions('store.accessrequest'),
  'jobs.view_job',
  'jobs.change_job',
] as const

/** Those of the plugin itself, for its staff routes: they exist without being declared. */
export const staffPermissions = [
  ...modelPermissions('accounts.group'),
  'accounts.view_user',
  'accounts.change_user',
  'accounts.view_permission',
  'accounts.grant_permission',
  'accounts.view_audit',
  'accounts.view_report',
  'accounts.view_token',
  'accounts.delete_token',
  'accounts.view_session',
  'accounts.delete_session',
  'accounts.change_superuser',
] as const
