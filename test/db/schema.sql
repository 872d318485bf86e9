-- The schema after all migrations. Do not edit: npx vitest run test/db/schema.test.ts -u writes it.

table administrators
  id uuid not null default gen_random_uuid()
  name text not null
  token_digest bytea not null
  created_at timestamp with time zone not null default now()
  constraint administrators_pkey PRIMARY KEY (id)
  constraint administrators_token_digest_key UNIQUE (token_digest)

table audit_events
  organization_id uuid not null
  seq bigint not null
  id uuid not null
  correlation_id uuid not null
  action_id text not null
  occurred_at timestamp with time zone not null
  record text not null
  prev_hash bytea not null
  hash bytea not null
  constraint audit_events_id_key UNIQUE (id)
  constraint audit_events_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
  constraint audit_events_pkey PRIMARY KEY (organization_id, seq)
  CREATE INDEX audit_events_by_correlation ON public.audit_events USING btree (correlation_id)
  CREATE TRIGGER audit_events_append_only BEFORE DELETE OR UPDATE ON public.audit_events FOR EACH ROW EXECUTE FUNCTION refuse_change()
  CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON public.audit_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()

table audit_heads
  organization_id uuid not null
  seq bigint not null
  hash bytea not null
  constraint audit_heads_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
  constraint audit_heads_pkey PRIMARY KEY (organization_id)

table deliveries
  id text not null
  event text not null
  action text
  repository_id bigint
  sealed bytea
  state text not null default 'new'::text
  attempts integer not null default 0
  lost_leases integer not null default 0
  received_at timestamp with time zone not null default now()
  available_at timestamp with time zone not null default now()
  leased_until timestamp with time zone
  leased_by text
  finished_at timestamp with time zone
  error_code text
  error text
  fragments integer
  bytes bigint
  skipped jsonb
  constraint deliveries_pkey PRIMARY KEY (id)
  constraint deliveries_state_check CHECK ((state = ANY (ARRAY['new'::text, 'leased'::text, 'done'::text, 'dead'::text, 'ignored'::text])))
  CREATE INDEX deliveries_newest ON public.deliveries USING btree (received_at DESC)
  CREATE INDEX deliveries_open ON public.deliveries USING btree (available_at) WHERE (state = ANY (ARRAY['new'::text, 'leased'::text]))

table incidents
  id uuid not null default gen_random_uuid()
  organization_id uuid not null
  token_id uuid not null
  state text not null default 'open'::text
  action text not null
  clause text not null
  policy_version integer not null
  correlation_id uuid not null default gen_random_uuid()
  opened_at timestamp with time zone not null
  revoke_at timestamp with time zone
  revoked_at timestamp with time zone
  closed_at timestamp with time zone
  constraint incidents_action_check CHECK ((action = ANY (ARRAY['revoke'::text, 'notify'::text, 'review'::text])))
  constraint incidents_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
  constraint incidents_pkey PRIMARY KEY (id)
  constraint incidents_state_check CHECK ((state = ANY (ARRAY['open'::text, 'closed'::text])))
  constraint incidents_token_id_fkey FOREIGN KEY (token_id) REFERENCES tokens(id)
  constraint incidents_token_id_key UNIQUE (token_id)
  CREATE INDEX incidents_due ON public.incidents USING btree (revoke_at) WHERE (revoked_at IS NULL)

table leaks
  id uuid not null default gen_random_uuid()
  incident_id uuid not null
  token_id uuid not null
  fingerprint text not null
  rule_id text not null
  delivery_id text
  kind text not null
  repository_id bigint
  repository text
  exposure text
  commit_id text
  object_id text
  path text
  line integer
  start_column integer
  decoded text[] not null default '{}'::text[]
  author text
  authored_at timestamp with time zone
  detected_at timestamp with time zone not null
  constraint leaks_fingerprint_key UNIQUE (fingerprint)
  constraint leaks_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incidents(id)
  constraint leaks_pkey PRIMARY KEY (id)
  constraint leaks_token_id_fkey FOREIGN KEY (token_id) REFERENCES tokens(id)
  CREATE INDEX leaks_by_incident ON public.leaks USING btree (incident_id)

table mails
  message_id text not null
  in_reply_to text
  recipient text not null
  subject text not null
  text_body text not null
  html_body text not null
  headers jsonb not null
  sent_at timestamp with time zone not null default now()
  constraint mails_pkey PRIMARY KEY (message_id)

table memberships
  organization_id uuid not null
  user_id uuid not null
  role text not null default 'member'::text
  constraint memberships_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
  constraint memberships_pkey PRIMARY KEY (organization_id, user_id)
  constraint memberships_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'administrator'::text, 'member'::text])))
  constraint memberships_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)

table organizations
  id uuid not null default gen_random_uuid()
  name text not null
  created_at timestamp with time zone not null default now()
  constraint organizations_name_check CHECK ((name ~ '^[a-z0-9][a-z0-9-]{0,62}$'::text))
  constraint organizations_name_key UNIQUE (name)
  constraint organizations_pkey PRIMARY KEY (id)

table outbox
  id uuid not null default gen_random_uuid()
  kind text not null
  dedupe_key text not null
  payload jsonb not null
  state text not null default 'new'::text
  attempts integer not null default 0
  lost_leases integer not null default 0
  created_at timestamp with time zone not null default now()
  available_at timestamp with time zone not null default now()
  leased_until timestamp with time zone
  leased_by text
  finished_at timestamp with time zone
  error_code text
  error text
  constraint outbox_dedupe_key_key UNIQUE (dedupe_key)
  constraint outbox_kind_check CHECK ((kind = 'mail'::text))
  constraint outbox_pkey PRIMARY KEY (id)
  constraint outbox_state_check CHECK ((state = ANY (ARRAY['new'::text, 'leased'::text, 'done'::text, 'dead'::text])))
  CREATE INDEX outbox_open ON public.outbox USING btree (available_at) WHERE (state = ANY (ARRAY['new'::text, 'leased'::text]))

table pepper_checks
  pepper_id text not null
  digest bytea not null
  constraint pepper_checks_pkey PRIMARY KEY (pepper_id)

table policies
  organization_id uuid not null
  mode text not null default 'immediate'::text
  grace_hours integer not null default 72
  version integer not null default 1
  updated_at timestamp with time zone not null default now()
  constraint policies_grace_hours_check CHECK (((grace_hours >= 1) AND (grace_hours <= 8760)))
  constraint policies_mode_check CHECK ((mode = ANY (ARRAY['immediate'::text, 'grace'::text, 'notify_only'::text])))
  constraint policies_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
  constraint policies_pkey PRIMARY KEY (organization_id)

table repositories
  id bigint not null
  full_name text not null
  exposure text not null
  default_branch text
  updated_at timestamp with time zone not null default now()
  constraint repositories_exposure_check CHECK ((exposure = ANY (ARRAY['public'::text, 'internal'::text, 'private'::text])))
  constraint repositories_pkey PRIMARY KEY (id)

table scanned_heads
  repository_id bigint not null
  exposure text not null
  rulebook bytea not null
  head bytea not null
  scanned_at timestamp with time zone not null default now()
  constraint scanned_heads_exposure_check CHECK ((exposure = ANY (ARRAY['public'::text, 'internal'::text, 'private'::text])))
  constraint scanned_heads_pkey PRIMARY KEY (repository_id, head, rulebook, exposure)

table scanned_objects
  object_id bytea not null
  rulebook bytea not null
  dirty boolean not null
  scanned_at timestamp with time zone not null default now()
  constraint scanned_objects_pkey PRIMARY KEY (object_id, rulebook)

table sessions
  digest bytea not null
  administrator_id uuid not null
  created_at timestamp with time zone not null default now()
  expires_at timestamp with time zone not null
  constraint sessions_administrator_id_fkey FOREIGN KEY (administrator_id) REFERENCES administrators(id)
  constraint sessions_pkey PRIMARY KEY (digest)

table tokens
  id uuid not null default gen_random_uuid()
  organization_id uuid not null
  owner_id uuid not null
  name text not null
  lookup bytea not null
  pepper_id text not null
  hint text not null
  c3id text not null
  scopes text[] not null
  state text not null default 'active'::text
  created_at timestamp with time zone not null default now()
  expires_at timestamp with time zone not null
  last_used_at timestamp with time zone
  revoked_at timestamp with time zone
  revoked_because text
  constraint tokens_check CHECK (((state = 'revoked'::text) = (revoked_at IS NOT NULL)))
  constraint tokens_lookup_key UNIQUE (lookup)
  constraint tokens_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
  constraint tokens_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(id)
  constraint tokens_pkey PRIMARY KEY (id)
  constraint tokens_state_check CHECK ((state = ANY (ARRAY['active'::text, 'revoked'::text])))
  CREATE INDEX tokens_by_c3id ON public.tokens USING btree (c3id)
  CREATE INDEX tokens_by_owner ON public.tokens USING btree (organization_id, owner_id)
  CREATE INDEX tokens_by_pepper ON public.tokens USING btree (pepper_id, expires_at) WHERE (state = 'active'::text)

table users
  id uuid not null default gen_random_uuid()
  email text not null
  name text not null default ''::text
  disabled_at timestamp with time zone
  created_at timestamp with time zone not null default now()
  constraint users_email_check CHECK ((email = lower(email)))
  constraint users_email_key UNIQUE (email)
  constraint users_pkey PRIMARY KEY (id)

CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'audit events are never changed or removed';
end $function$
