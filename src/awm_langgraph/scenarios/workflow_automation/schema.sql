CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    full_name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    timezone TEXT NOT NULL DEFAULT 'UTC',
    is_active BOOLEAN NOT NULL DEFAULT 1,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE teams (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL DEFAULT '',
    lead_user_id INTEGER NOT NULL REFERENCES users(id)
);

CREATE TABLE team_members (
    id INTEGER PRIMARY KEY,
    team_id INTEGER NOT NULL REFERENCES teams(id),
    user_id INTEGER NOT NULL REFERENCES users(id),
    role TEXT NOT NULL DEFAULT 'member',
    joined_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (team_id, user_id)
);

CREATE INDEX idx_team_members_user ON team_members(user_id);

CREATE TABLE environments (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    slug TEXT NOT NULL UNIQUE,
    is_production BOOLEAN NOT NULL DEFAULT 0,
    description TEXT NOT NULL DEFAULT ''
);

CREATE TABLE retry_policies (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    max_attempts INTEGER NOT NULL CHECK (max_attempts BETWEEN 1 AND 10),
    backoff_strategy TEXT NOT NULL CHECK (backoff_strategy IN ('fixed', 'linear', 'exponential')),
    delay_seconds INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE connections (
    id INTEGER PRIMARY KEY,
    owner_id INTEGER NOT NULL REFERENCES users(id),
    environment_id INTEGER NOT NULL REFERENCES environments(id),
    name TEXT NOT NULL,
    provider TEXT NOT NULL,
    auth_type TEXT NOT NULL CHECK (auth_type IN ('oauth2', 'api_key', 'basic')),
    status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'expired', 'revoked')),
    last_checked_at DATETIME
);

CREATE INDEX idx_connections_environment ON connections(environment_id);

CREATE TABLE credentials (
    id INTEGER PRIMARY KEY,
    connection_id INTEGER NOT NULL REFERENCES connections(id),
    label TEXT NOT NULL,
    secret_hint TEXT NOT NULL,
    expires_at DATETIME,
    rotated_at DATETIME
);

CREATE INDEX idx_credentials_connection ON credentials(connection_id);

CREATE TABLE workflows (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    owner_id INTEGER NOT NULL REFERENCES users(id),
    team_id INTEGER NOT NULL REFERENCES teams(id),
    environment_id INTEGER NOT NULL REFERENCES environments(id),
    status TEXT NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'active', 'paused', 'archived')),
    version INTEGER NOT NULL DEFAULT 0,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE INDEX idx_workflows_team ON workflows(team_id);

CREATE INDEX idx_workflows_owner ON workflows(owner_id);

CREATE TABLE workflow_steps (
    id INTEGER PRIMARY KEY,
    workflow_id INTEGER NOT NULL REFERENCES workflows(id),
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    action_type TEXT NOT NULL CHECK (action_type IN ('http_request', 'query_database', 'sync_record', 'transform_data', 'send_email', 'post_message', 'wait_for_approval')),
    connection_id INTEGER REFERENCES connections(id),
    retry_policy_id INTEGER REFERENCES retry_policies(id),
    timeout_seconds INTEGER NOT NULL DEFAULT 60,
    is_enabled BOOLEAN NOT NULL DEFAULT 1
);

CREATE INDEX idx_workflow_steps_workflow ON workflow_steps(workflow_id);

CREATE TABLE workflow_versions (
    id INTEGER PRIMARY KEY,
    workflow_id INTEGER NOT NULL REFERENCES workflows(id),
    version INTEGER NOT NULL,
    release_code TEXT NOT NULL,
    notes TEXT NOT NULL DEFAULT '',
    published_by INTEGER NOT NULL REFERENCES users(id),
    published_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE INDEX idx_workflow_versions_workflow ON workflow_versions(workflow_id);

CREATE TABLE triggers (
    id INTEGER PRIMARY KEY,
    workflow_id INTEGER NOT NULL REFERENCES workflows(id),
    trigger_type TEXT NOT NULL CHECK (trigger_type IN ('manual', 'schedule', 'webhook', 'event')),
    event_name TEXT,
    is_enabled BOOLEAN NOT NULL DEFAULT 1
);

CREATE INDEX idx_triggers_workflow ON triggers(workflow_id);

CREATE TABLE schedules (
    id INTEGER PRIMARY KEY,
    workflow_id INTEGER NOT NULL REFERENCES workflows(id),
    name TEXT NOT NULL,
    cron_expression TEXT NOT NULL,
    timezone TEXT NOT NULL DEFAULT 'UTC',
    is_active BOOLEAN NOT NULL DEFAULT 1,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE INDEX idx_schedules_workflow ON schedules(workflow_id);

CREATE TABLE webhooks (
    id INTEGER PRIMARY KEY,
    workflow_id INTEGER NOT NULL REFERENCES workflows(id),
    name TEXT NOT NULL,
    url_path TEXT NOT NULL UNIQUE,
    secret_hint TEXT NOT NULL,
    is_enabled BOOLEAN NOT NULL DEFAULT 1
);

CREATE TABLE workflow_runs (
    id INTEGER PRIMARY KEY,
    workflow_id INTEGER NOT NULL REFERENCES workflows(id),
    environment_id INTEGER NOT NULL REFERENCES environments(id),
    status TEXT NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    triggered_by TEXT NOT NULL CHECK (triggered_by IN ('manual', 'schedule', 'webhook', 'event', 'retry')),
    requested_by INTEGER REFERENCES users(id),
    retry_of_run_id INTEGER REFERENCES workflow_runs(id),
    attempt INTEGER NOT NULL DEFAULT 1,
    error_message TEXT,
    engine_ticks_left INTEGER NOT NULL DEFAULT 0,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    finished_at DATETIME
);

CREATE INDEX idx_workflow_runs_workflow ON workflow_runs(workflow_id);

CREATE INDEX idx_workflow_runs_status ON workflow_runs(status);

CREATE TABLE run_logs (
    id INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL REFERENCES workflow_runs(id),
    step_id INTEGER REFERENCES workflow_steps(id),
    level TEXT NOT NULL CHECK (level IN ('info', 'warning', 'error')),
    message TEXT NOT NULL,
    logged_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE INDEX idx_run_logs_run ON run_logs(run_id);

CREATE TABLE variables (
    id INTEGER PRIMARY KEY,
    environment_id INTEGER NOT NULL REFERENCES environments(id),
    workflow_id INTEGER REFERENCES workflows(id),
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    is_secret BOOLEAN NOT NULL DEFAULT 0,
    updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE INDEX idx_variables_key ON variables(key);

CREATE TABLE approvals (
    id INTEGER PRIMARY KEY,
    workflow_id INTEGER NOT NULL REFERENCES workflows(id),
    title TEXT NOT NULL,
    requested_by INTEGER NOT NULL REFERENCES users(id),
    approver_id INTEGER NOT NULL REFERENCES users(id),
    status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'approved', 'rejected')),
    comment TEXT,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    decided_at DATETIME
);

CREATE INDEX idx_approvals_approver ON approvals(approver_id);

CREATE TABLE notification_channels (
    id INTEGER PRIMARY KEY,
    team_id INTEGER NOT NULL REFERENCES teams(id),
    name TEXT NOT NULL,
    channel_type TEXT NOT NULL CHECK (channel_type IN ('email', 'slack', 'pager')),
    target TEXT NOT NULL,
    is_enabled BOOLEAN NOT NULL DEFAULT 1
);

CREATE TABLE notification_rules (
    id INTEGER PRIMARY KEY,
    workflow_id INTEGER NOT NULL REFERENCES workflows(id),
    channel_id INTEGER NOT NULL REFERENCES notification_channels(id),
    event TEXT NOT NULL CHECK (event IN ('run_failed', 'run_succeeded', 'approval_requested')),
    is_enabled BOOLEAN NOT NULL DEFAULT 1,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE INDEX idx_notification_rules_workflow ON notification_rules(workflow_id);

CREATE TABLE workflow_templates (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    category TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    steps_json TEXT NOT NULL
);

CREATE TABLE playbooks (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    actions_json TEXT NOT NULL
);

CREATE TABLE playbook_runs (
    id INTEGER PRIMARY KEY,
    playbook_id INTEGER NOT NULL REFERENCES playbooks(id),
    workflow_id INTEGER NOT NULL REFERENCES workflows(id),
    started_by INTEGER NOT NULL REFERENCES users(id),
    changed_records INTEGER NOT NULL DEFAULT 0,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE tags (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    color TEXT NOT NULL DEFAULT 'grey'
);

CREATE TABLE workflow_tags (
    id INTEGER PRIMARY KEY,
    workflow_id INTEGER NOT NULL REFERENCES workflows(id),
    tag_id INTEGER NOT NULL REFERENCES tags(id),
    UNIQUE (workflow_id, tag_id)
);

CREATE TABLE alert_rules (
    id INTEGER PRIMARY KEY,
    workflow_id INTEGER NOT NULL REFERENCES workflows(id),
    name TEXT NOT NULL,
    metric TEXT NOT NULL CHECK (metric IN ('failure_rate', 'duration_seconds', 'missed_schedule')),
    threshold REAL NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
    is_enabled BOOLEAN NOT NULL DEFAULT 1
);

CREATE TABLE alerts (
    id INTEGER PRIMARY KEY,
    alert_rule_id INTEGER NOT NULL REFERENCES alert_rules(id),
    workflow_id INTEGER NOT NULL REFERENCES workflows(id),
    severity TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
    status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'acknowledged', 'resolved')),
    message TEXT NOT NULL,
    note TEXT,
    handled_by INTEGER REFERENCES users(id),
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    handled_at DATETIME
);

CREATE INDEX idx_alerts_workflow ON alerts(workflow_id);
