-- One batch of new people, as the plugin inserts it; :round and the client's number keep all of them apart.
\set batch random(1, 2000000000)
insert into accounts_user (auth0_id, username, email, email_verified, first_name, last_name, profile_data, edited_fields,
  claims_issued_at, last_login_at)
select 'pgbench|' || n.name, 'pgbench.' || n.name, n.name || '@pgbench.test', true, 'Ann', 'Lee', '{}'::jsonb, '{}'::text[], now(), now()
from unnest(array(select :round || '-' || :client_id || '-' || :batch || '-' || s from generate_series(1, :size) s)) n(name)
on conflict do nothing
returning *;
