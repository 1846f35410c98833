/** A database as the Django system leaves it: its people, groups and permissions. */
export const djangoTables = `
  create table accounts_user (
    id uuid primary key, auth0_id varchar(255) unique, email varchar(255) unique, first_name varchar(150),
    last_name varchar(150), profile_data jsonb default '{}', created_at timestamp, updated_at timestamp);
  insert into accounts_user values (
    '6f1c0f9e-0000-4000-8000-000000000001', 'auth0|ada', 'ada@example.test', 'Ada', 'Lovelace',
    '{"title": "Analyst"}', '2024-01-01', '2024-01-02');
  create table django_content_type (id integer primary key, app_label varchar(100) not null, model varchar(100) not null);
  create table auth_permission (
    id integer primary key, name varchar(255) not null,
    content_type_id integer not null references django_content_type (id), codename varchar(100) not null);
  create table auth_group (id integer primary key, name varchar(150) not null unique);
  create table auth_group_permissions (
    id bigint primary key, group_id integer not null references auth_group (id),
    permission_id integer not null references auth_permission (id));
  create table accounts_user_groups (id bigint primary key, user_id uuid not null, group_id integer not null);
  insert into django_content_type values (1, 'store', 'asset');
  insert into auth_permission values (1, 'Can view asset', 1, 'view_asset');
  insert into auth_group values (1, 'Readers');
  insert into auth_group_permissions values (1, 1, 1);
  insert into accounts_user_groups values (1, '6f1c0f9e-0000-4000-8000-000000000001', 1);
`
