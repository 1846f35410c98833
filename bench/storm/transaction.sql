-- All that the plugin does for one batch of new people, as one transaction: the rows, a look whether one of them was
-- erased, the audit trail, and the rows as they are then. :round and the client's number keep all of them apart.
\set batch random(1, 2000000000)
begin;
insert into accounts_user (auth0_id, username, email, email_verified, first_name, last_name, profile_data, edited_fields,
  claims_issued_at, last_login_at)
select 'pgbench|' || n.name, 'pgbench.' || n.name, n.name || '@pgbench.test', true, 'Ann', 'Lee', '{}'::jsonb, '{}'::text[], now(), now()
from unnest(array(select :round || '-' || :client_id || '-' || :batch || '-' || s from generate_series(1, :size) s)) n(name)
on conflict do nothing
returning id, auth0_id, email, first_name, last_name;
select subject_hash from accounts_tombstone where subject_hash = any(array(
  select sha256(convert_to('pgbench|' || :round || '-' || :client_id || '-' || :batch || '-' || s, 'UTF8'))
  from generate_series(1, :size) s));
insert into accounts_audit (user_id, actor_id, action, fields, method, request_id, detail)
select id, id, 'user.created', '{email,first_name,last_name}', 'jwt', 'req-1', '{}' from accounts_user
where auth0_id = any(array(
  select 'pgbench|' || :round || '-' || :client_id || '-' || :batch || '-' || s from generate_series(1, :size) s));
select u.*,
  array(select p.permission from accounts_user_permission p where p.user_id = u.id)
  || array(select gp.permission from accounts_group_permission gp
    where gp.group_id = any(array(select g.group_id from accounts_user_group g where g.user_id = u.id))) as permissions,
  array(select i.auth0_id from accounts_identity i where i.user_id = u.id) as linked
from accounts_user u where auth0_id = any(array(
  select 'pgbench|' || :round || '-' || :client_id || '-' || :batch || '-' || s from generate_series(1, :size) s));
commit;
