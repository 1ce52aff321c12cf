"""Northbay Flow: a workflow automation service of an invented company, written the way AWM scenarios are generated."""

import json
import os
from datetime import datetime, timedelta, timezone
from typing import List, Literal, Optional

import uvicorn
from fastapi import FastAPI, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Integer,
    String,
    Text,
    UniqueConstraint,
    create_engine,
    text,
)
from sqlalchemy.orm import declarative_base, sessionmaker

DATABASE_PATH = os.getenv("DATABASE_PATH", "sqlite:///workflow_automation.db")
engine = create_engine(DATABASE_PATH, connect_args={"check_same_thread": False})
SessionLocal = sessionmaker(autocommit=False, autoflush=False, bind=engine)
Base = declarative_base()

CURRENT_USER_ID = 1
NOW = text("CURRENT_TIMESTAMP")


def utc_now():
    return datetime.now(timezone.utc).replace(tzinfo=None)


# ---------------------------------------------------------------------------
# ORM models
# ---------------------------------------------------------------------------


class User(Base):
    __tablename__ = "users"

    id = Column(Integer, primary_key=True)
    full_name = Column(String, nullable=False)
    email = Column(String, nullable=False, unique=True)
    role = Column(String, nullable=False)
    timezone = Column(String, nullable=False, default="UTC")
    is_active = Column(Boolean, nullable=False, default=True)
    created_at = Column(DateTime, nullable=False, default=utc_now, server_default=NOW)


class Team(Base):
    __tablename__ = "teams"

    id = Column(Integer, primary_key=True)
    name = Column(String, nullable=False, unique=True)
    description = Column(Text, nullable=False, default="")
    lead_user_id = Column(Integer, ForeignKey("users.id"), nullable=False)


class TeamMember(Base):
    __tablename__ = "team_members"
    __table_args__ = (UniqueConstraint("team_id", "user_id"),)

    id = Column(Integer, primary_key=True)
    team_id = Column(Integer, ForeignKey("teams.id"), nullable=False)
    user_id = Column(Integer, ForeignKey("users.id"), nullable=False)
    role = Column(String, nullable=False, default="member")
    joined_at = Column(DateTime, nullable=False, default=utc_now, server_default=NOW)


class Environment(Base):
    __tablename__ = "environments"

    id = Column(Integer, primary_key=True)
    name = Column(String, nullable=False, unique=True)
    slug = Column(String, nullable=False, unique=True)
    is_production = Column(Boolean, nullable=False, default=False)
    description = Column(Text, nullable=False, default="")


class RetryPolicy(Base):
    __tablename__ = "retry_policies"

    id = Column(Integer, primary_key=True)
    name = Column(String, nullable=False)
    max_attempts = Column(Integer, nullable=False)
    backoff_strategy = Column(String, nullable=False)
    delay_seconds = Column(Integer, nullable=False, default=0)


class Connection(Base):
    __tablename__ = "connections"

    id = Column(Integer, primary_key=True)
    owner_id = Column(Integer, ForeignKey("users.id"), nullable=False)
    environment_id = Column(Integer, ForeignKey("environments.id"), nullable=False)
    name = Column(String, nullable=False)
    provider = Column(String, nullable=False)
    auth_type = Column(String, nullable=False)
    status = Column(String, nullable=False, default="active")
    last_checked_at = Column(DateTime)


class Credential(Base):
    __tablename__ = "credentials"

    id = Column(Integer, primary_key=True)
    connection_id = Column(Integer, ForeignKey("connections.id"), nullable=False)
    label = Column(String, nullable=False)
    secret_hint = Column(String, nullable=False)
    expires_at = Column(DateTime)
    rotated_at = Column(DateTime)


class Workflow(Base):
    __tablename__ = "workflows"

    id = Column(Integer, primary_key=True)
    name = Column(String, nullable=False)
    description = Column(Text, nullable=False, default="")
    owner_id = Column(Integer, ForeignKey("users.id"), nullable=False)
    team_id = Column(Integer, ForeignKey("teams.id"), nullable=False)
    environment_id = Column(Integer, ForeignKey("environments.id"), nullable=False)
    status = Column(String, nullable=False, default="draft")
    version = Column(Integer, nullable=False, default=0)
    created_at = Column(DateTime, nullable=False, default=utc_now, server_default=NOW)
    updated_at = Column(DateTime, nullable=False, default=utc_now, onupdate=utc_now, server_default=NOW)


class WorkflowStep(Base):
    __tablename__ = "workflow_steps"

    id = Column(Integer, primary_key=True)
    workflow_id = Column(Integer, ForeignKey("workflows.id"), nullable=False)
    position = Column(Integer, nullable=False)
    name = Column(String, nullable=False)
    action_type = Column(String, nullable=False)
    connection_id = Column(Integer, ForeignKey("connections.id"))
    retry_policy_id = Column(Integer, ForeignKey("retry_policies.id"))
    timeout_seconds = Column(Integer, nullable=False, default=60)
    is_enabled = Column(Boolean, nullable=False, default=True)


class WorkflowVersion(Base):
    __tablename__ = "workflow_versions"

    id = Column(Integer, primary_key=True)
    workflow_id = Column(Integer, ForeignKey("workflows.id"), nullable=False)
    version = Column(Integer, nullable=False)
    release_code = Column(String, nullable=False)
    notes = Column(Text, nullable=False, default="")
    published_by = Column(Integer, ForeignKey("users.id"), nullable=False)
    published_at = Column(DateTime, nullable=False, default=utc_now, server_default=NOW)


class Trigger(Base):
    __tablename__ = "triggers"

    id = Column(Integer, primary_key=True)
    workflow_id = Column(Integer, ForeignKey("workflows.id"), nullable=False)
    trigger_type = Column(String, nullable=False)
    event_name = Column(String)
    is_enabled = Column(Boolean, nullable=False, default=True)


class Schedule(Base):
    __tablename__ = "schedules"

    id = Column(Integer, primary_key=True)
    workflow_id = Column(Integer, ForeignKey("workflows.id"), nullable=False)
    name = Column(String, nullable=False)
    cron_expression = Column(String, nullable=False)
    timezone = Column(String, nullable=False, default="UTC")
    is_active = Column(Boolean, nullable=False, default=True)
    created_at = Column(DateTime, nullable=False, default=utc_now, server_default=NOW)


class Webhook(Base):
    __tablename__ = "webhooks"

    id = Column(Integer, primary_key=True)
    workflow_id = Column(Integer, ForeignKey("workflows.id"), nullable=False)
    name = Column(String, nullable=False)
    url_path = Column(String, nullable=False, unique=True)
    secret_hint = Column(String, nullable=False)
    is_enabled = Column(Boolean, nullable=False, default=True)


class WorkflowRun(Base):
    __tablename__ = "workflow_runs"

    id = Column(Integer, primary_key=True)
    workflow_id = Column(Integer, ForeignKey("workflows.id"), nullable=False)
    environment_id = Column(Integer, ForeignKey("environments.id"), nullable=False)
    status = Column(String, nullable=False, default="queued")
    triggered_by = Column(String, nullable=False)
    requested_by = Column(Integer, ForeignKey("users.id"))
    retry_of_run_id = Column(Integer, ForeignKey("workflow_runs.id"))
    attempt = Column(Integer, nullable=False, default=1)
    error_message = Column(Text)
    engine_ticks_left = Column(Integer, nullable=False, default=0)
    created_at = Column(DateTime, nullable=False, default=utc_now, server_default=NOW)
    finished_at = Column(DateTime)


class RunLog(Base):
    __tablename__ = "run_logs"

    id = Column(Integer, primary_key=True)
    run_id = Column(Integer, ForeignKey("workflow_runs.id"), nullable=False)
    step_id = Column(Integer, ForeignKey("workflow_steps.id"))
    level = Column(String, nullable=False)
    message = Column(Text, nullable=False)
    logged_at = Column(DateTime, nullable=False, default=utc_now, server_default=NOW)


class Variable(Base):
    __tablename__ = "variables"

    id = Column(Integer, primary_key=True)
    environment_id = Column(Integer, ForeignKey("environments.id"), nullable=False)
    workflow_id = Column(Integer, ForeignKey("workflows.id"))
    key = Column(String, nullable=False)
    value = Column(Text, nullable=False)
    is_secret = Column(Boolean, nullable=False, default=False)
    updated_at = Column(DateTime, nullable=False, default=utc_now, onupdate=utc_now, server_default=NOW)


class Approval(Base):
    __tablename__ = "approvals"

    id = Column(Integer, primary_key=True)
    workflow_id = Column(Integer, ForeignKey("workflows.id"), nullable=False)
    title = Column(String, nullable=False)
    requested_by = Column(Integer, ForeignKey("users.id"), nullable=False)
    approver_id = Column(Integer, ForeignKey("users.id"), nullable=False)
    status = Column(String, nullable=False, default="pending")
    comment = Column(Text)
    created_at = Column(DateTime, nullable=False, default=utc_now, server_default=NOW)
    decided_at = Column(DateTime)


class NotificationChannel(Base):
    __tablename__ = "notification_channels"

    id = Column(Integer, primary_key=True)
    team_id = Column(Integer, ForeignKey("teams.id"), nullable=False)
    name = Column(String, nullable=False)
    channel_type = Column(String, nullable=False)
    target = Column(String, nullable=False)
    is_enabled = Column(Boolean, nullable=False, default=True)


class NotificationRule(Base):
    __tablename__ = "notification_rules"

    id = Column(Integer, primary_key=True)
    workflow_id = Column(Integer, ForeignKey("workflows.id"), nullable=False)
    channel_id = Column(Integer, ForeignKey("notification_channels.id"), nullable=False)
    event = Column(String, nullable=False)
    is_enabled = Column(Boolean, nullable=False, default=True)
    created_at = Column(DateTime, nullable=False, default=utc_now, server_default=NOW)


class WorkflowTemplate(Base):
    __tablename__ = "workflow_templates"

    id = Column(Integer, primary_key=True)
    name = Column(String, nullable=False)
    category = Column(String, nullable=False)
    description = Column(Text, nullable=False, default="")
    steps_json = Column(Text, nullable=False)


class Playbook(Base):
    __tablename__ = "playbooks"

    id = Column(Integer, primary_key=True)
    name = Column(String, nullable=False)
    description = Column(Text, nullable=False, default="")
    actions_json = Column(Text, nullable=False)


class PlaybookRun(Base):
    __tablename__ = "playbook_runs"

    id = Column(Integer, primary_key=True)
    playbook_id = Column(Integer, ForeignKey("playbooks.id"), nullable=False)
    workflow_id = Column(Integer, ForeignKey("workflows.id"), nullable=False)
    started_by = Column(Integer, ForeignKey("users.id"), nullable=False)
    changed_records = Column(Integer, nullable=False, default=0)
    created_at = Column(DateTime, nullable=False, default=utc_now, server_default=NOW)


class Tag(Base):
    __tablename__ = "tags"

    id = Column(Integer, primary_key=True)
    name = Column(String, nullable=False)
    color = Column(String, nullable=False, default="grey")


class WorkflowTag(Base):
    __tablename__ = "workflow_tags"
    __table_args__ = (UniqueConstraint("workflow_id", "tag_id"),)

    id = Column(Integer, primary_key=True)
    workflow_id = Column(Integer, ForeignKey("workflows.id"), nullable=False)
    tag_id = Column(Integer, ForeignKey("tags.id"), nullable=False)


class AlertRule(Base):
    __tablename__ = "alert_rules"

    id = Column(Integer, primary_key=True)
    workflow_id = Column(Integer, ForeignKey("workflows.id"), nullable=False)
    name = Column(String, nullable=False)
    metric = Column(String, nullable=False)
    threshold = Column(Float, nullable=False)
    severity = Column(String, nullable=False)
    is_enabled = Column(Boolean, nullable=False, default=True)


class Alert(Base):
    __tablename__ = "alerts"

    id = Column(Integer, primary_key=True)
    alert_rule_id = Column(Integer, ForeignKey("alert_rules.id"), nullable=False)
    workflow_id = Column(Integer, ForeignKey("workflows.id"), nullable=False)
    severity = Column(String, nullable=False)
    status = Column(String, nullable=False, default="open")
    message = Column(Text, nullable=False)
    note = Column(Text)
    handled_by = Column(Integer, ForeignKey("users.id"))
    created_at = Column(DateTime, nullable=False, default=utc_now, server_default=NOW)
    handled_at = Column(DateTime)


Base.metadata.create_all(engine)

# ---------------------------------------------------------------------------
# Pydantic models
# ---------------------------------------------------------------------------

WorkflowStatus = Literal["draft", "active", "paused", "archived"]
ActionType = Literal[
    "http_request",
    "query_database",
    "sync_record",
    "transform_data",
    "send_email",
    "post_message",
    "wait_for_approval",
]
BackoffStrategy = Literal["fixed", "linear", "exponential"]
ConnectionStatus = Literal["active", "expired", "revoked"]
TriggerType = Literal["manual", "schedule", "webhook", "event"]
RunStatus = Literal["queued", "running", "succeeded", "failed", "cancelled"]
ApprovalStatus = Literal["pending", "approved", "rejected"]
NotificationEvent = Literal["run_failed", "run_succeeded", "approval_requested"]
AlertStatus = Literal["open", "acknowledged", "resolved"]
AlertSeverity = Literal["info", "warning", "critical"]


class Record(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class UserOut(Record):
    id: int = Field(..., description="User ID")
    full_name: str = Field(..., description="Full name")
    email: str = Field(..., description="E-mail address")
    role: str = Field(..., description="Job role")
    timezone: str = Field(..., description="IANA time zone")
    is_active: bool = Field(..., description="Whether the account is active")


class TeamOut(Record):
    id: int = Field(..., description="Team ID")
    name: str = Field(..., description="Team name")
    description: str = Field(..., description="What the team looks after")
    lead_user_id: int = Field(..., description="User ID of the team lead")


class TeamMemberOut(Record):
    id: int = Field(..., description="Membership ID")
    team_id: int = Field(..., description="Team ID")
    user_id: int = Field(..., description="User ID")
    role: str = Field(..., description="Role in the team")
    joined_at: datetime = Field(..., description="When the user joined the team")


class EnvironmentOut(Record):
    id: int = Field(..., description="Environment ID")
    name: str = Field(..., description="Environment name")
    slug: str = Field(..., description="Short name")
    is_production: bool = Field(..., description="Whether live systems are attached")
    description: str = Field(..., description="Purpose of the environment")


class RetryPolicyOut(Record):
    id: int = Field(..., description="Retry policy ID")
    name: str = Field(..., description="Retry policy name")
    max_attempts: int = Field(..., description="Attempts in all, the first one included")
    backoff_strategy: BackoffStrategy = Field(..., description="How the delay grows")
    delay_seconds: int = Field(..., description="First delay in seconds")


class RetryPolicyCreate(BaseModel):
    name: str = Field(..., description="Retry policy name")
    max_attempts: int = Field(..., ge=1, le=10, description="Attempts in all, the first one included (1 to 10)")
    backoff_strategy: BackoffStrategy = Field(..., description="How the delay grows: fixed, linear or exponential")
    delay_seconds: int = Field(..., ge=0, le=3600, description="First delay in seconds")


class ConnectionOut(Record):
    id: int = Field(..., description="Connection ID")
    owner_id: int = Field(..., description="User ID of the owner")
    environment_id: int = Field(..., description="Environment ID")
    name: str = Field(..., description="Connection name")
    provider: str = Field(..., description="Provider, for example salesforce or slack")
    auth_type: str = Field(..., description="Kind of authorization: oauth2, api_key or basic")
    status: ConnectionStatus = Field(..., description="Connection status")
    last_checked_at: Optional[datetime] = Field(None, description="Last successful check")


class CredentialOut(Record):
    id: int = Field(..., description="Credential ID")
    label: str = Field(..., description="What the secret is")
    secret_hint: str = Field(..., description="Last characters of the secret")
    expires_at: Optional[datetime] = Field(None, description="When the secret expires")
    rotated_at: Optional[datetime] = Field(None, description="When the secret was last changed")


class ConnectionDetail(ConnectionOut):
    credentials: List[CredentialOut] = Field(..., description="Stored secrets of the connection")


class WorkflowOut(Record):
    id: int = Field(..., description="Workflow ID")
    name: str = Field(..., description="Workflow name")
    description: str = Field(..., description="What the workflow does")
    owner_id: int = Field(..., description="User ID of the owner")
    team_id: int = Field(..., description="Team ID")
    environment_id: int = Field(..., description="Environment ID the workflow normally runs in")
    status: WorkflowStatus = Field(..., description="Workflow status")
    version: int = Field(..., description="Published version, 0 before the first publication")
    updated_at: datetime = Field(..., description="Last change")


class WorkflowCreate(BaseModel):
    name: str = Field(..., description="Workflow name")
    description: str = Field("", description="What the workflow does")
    team_id: int = Field(..., description="Team ID")
    environment_id: int = Field(..., description="Environment ID the workflow normally runs in")
    owner_id: Optional[int] = Field(None, description="User ID of the owner; the current user when left out")


class WorkflowUpdate(BaseModel):
    name: Optional[str] = Field(None, description="New name")
    description: Optional[str] = Field(None, description="New description")
    owner_id: Optional[int] = Field(None, description="User ID of the new owner")
    team_id: Optional[int] = Field(None, description="New team ID")
    environment_id: Optional[int] = Field(None, description="New environment ID")


class WorkflowStatusUpdate(BaseModel):
    status: WorkflowStatus = Field(..., description="New status: draft, active, paused or archived")


class PublishRequest(BaseModel):
    notes: str = Field(..., description="Release notes")


class PublishReceipt(BaseModel):
    workflow_id: int = Field(..., description="Workflow ID")
    accepted: bool = Field(..., description="Whether the publication was accepted")


class WorkflowVersionOut(Record):
    id: int = Field(..., description="Version record ID")
    workflow_id: int = Field(..., description="Workflow ID")
    version: int = Field(..., description="Version number")
    release_code: str = Field(..., description="Release code assigned by the system")
    notes: str = Field(..., description="Release notes")
    published_by: int = Field(..., description="User ID of the publisher")
    published_at: datetime = Field(..., description="When the version was published")


class StepOut(Record):
    id: int = Field(..., description="Step ID")
    workflow_id: int = Field(..., description="Workflow ID")
    position: int = Field(..., description="Place in the workflow, from 1")
    name: str = Field(..., description="Step name")
    action_type: ActionType = Field(..., description="What the step does")
    connection_id: Optional[int] = Field(None, description="Connection ID the step uses")
    retry_policy_id: Optional[int] = Field(None, description="Retry policy ID")
    timeout_seconds: int = Field(..., description="Time limit in seconds")
    is_enabled: bool = Field(..., description="Whether the step is executed")


class StepCreate(BaseModel):
    name: str = Field(..., description="Step name")
    action_type: ActionType = Field(..., description="What the step does")
    connection_id: Optional[int] = Field(None, description="Connection ID the step uses")
    retry_policy_id: Optional[int] = Field(None, description="Retry policy ID")
    timeout_seconds: int = Field(60, ge=1, le=86400, description="Time limit in seconds")


class StepUpdate(BaseModel):
    name: Optional[str] = Field(None, description="New name")
    position: Optional[int] = Field(None, ge=1, description="New place in the workflow")
    connection_id: Optional[int] = Field(None, description="New connection ID")
    retry_policy_id: Optional[int] = Field(None, description="New retry policy ID")
    timeout_seconds: Optional[int] = Field(None, ge=1, le=86400, description="New time limit in seconds")
    is_enabled: Optional[bool] = Field(None, description="Whether the step is executed")


class TriggerOut(Record):
    id: int = Field(..., description="Trigger ID")
    workflow_id: int = Field(..., description="Workflow ID")
    trigger_type: TriggerType = Field(..., description="What starts the workflow")
    event_name: Optional[str] = Field(None, description="Event that starts the workflow")
    is_enabled: bool = Field(..., description="Whether the trigger is enabled")


class TriggerCreate(BaseModel):
    trigger_type: TriggerType = Field(..., description="What starts the workflow: manual, schedule, webhook or event")
    event_name: Optional[str] = Field(None, description="Event name, for triggers of type event")


class ScheduleOut(Record):
    id: int = Field(..., description="Schedule ID")
    workflow_id: int = Field(..., description="Workflow ID")
    name: str = Field(..., description="Schedule name")
    cron_expression: str = Field(..., description="Cron expression with five fields")
    timezone: str = Field(..., description="IANA time zone the expression is read in")
    is_active: bool = Field(..., description="Whether the schedule is active")


class ScheduleCreate(BaseModel):
    workflow_id: int = Field(..., description="Workflow ID")
    name: str = Field(..., description="Schedule name")
    cron_expression: str = Field(..., description="Cron expression with five fields, for example 30 6 * * 1-5")
    timezone: str = Field("UTC", description="IANA time zone, for example Europe/Berlin")


class ScheduleUpdate(BaseModel):
    name: Optional[str] = Field(None, description="New name")
    cron_expression: Optional[str] = Field(None, description="New cron expression with five fields")
    timezone: Optional[str] = Field(None, description="New IANA time zone")
    is_active: Optional[bool] = Field(None, description="Whether the schedule is active")


class WebhookOut(Record):
    id: int = Field(..., description="Webhook ID")
    workflow_id: int = Field(..., description="Workflow ID")
    name: str = Field(..., description="Webhook name")
    url_path: str = Field(..., description="Path that callers post to")
    secret_hint: str = Field(..., description="Last characters of the signing secret")
    is_enabled: bool = Field(..., description="Whether calls are accepted")


class RunOut(Record):
    id: int = Field(..., description="Run ID")
    workflow_id: int = Field(..., description="Workflow ID")
    environment_id: int = Field(..., description="Environment ID the run took place in")
    status: RunStatus = Field(..., description="Run status")
    triggered_by: str = Field(..., description="What started the run")
    retry_of_run_id: Optional[int] = Field(None, description="ID of the run that was retried")
    attempt: int = Field(..., description="Attempt number")
    error_message: Optional[str] = Field(None, description="Why the run failed")
    created_at: datetime = Field(..., description="When the run was requested")


class RunPage(BaseModel):
    runs: List[RunOut] = Field(..., description="Runs of this page, newest first")
    offset: int = Field(..., description="Offset of this page")
    has_more: bool = Field(..., description="Whether there are older runs after this page")


class RunStart(BaseModel):
    workflow_id: int = Field(..., description="Workflow ID; the workflow must be active")
    environment_id: Optional[int] = Field(None, description="Environment ID; the workflow's own when left out")


class RunStatusOut(Record):
    id: int = Field(..., description="Run ID")
    status: RunStatus = Field(..., description="Run status at the moment")
    error_message: Optional[str] = Field(None, description="Why the run failed")
    finished_at: Optional[datetime] = Field(None, description="When the run finished")


class RunLogOut(Record):
    id: int = Field(..., description="Log entry ID")
    step_id: Optional[int] = Field(None, description="Step ID")
    level: str = Field(..., description="info, warning or error")
    message: str = Field(..., description="Log message")
    logged_at: datetime = Field(..., description="When the entry was written")


class VariableOut(Record):
    id: int = Field(..., description="Variable ID")
    environment_id: int = Field(..., description="Environment ID")
    workflow_id: Optional[int] = Field(None, description="Workflow ID of an override; null when environment-wide")
    key: str = Field(..., description="Variable name")
    value: str = Field(..., description="Value; masked for secrets")
    is_secret: bool = Field(..., description="Whether the value is masked")


class VariableCreate(BaseModel):
    environment_id: int = Field(..., description="Environment ID")
    workflow_id: Optional[int] = Field(None, description="Workflow ID for an override; leave out for environment-wide")
    key: str = Field(..., description="Variable name")
    value: str = Field(..., description="Value")
    is_secret: bool = Field(False, description="Whether the value is masked")


class VariableUpdate(BaseModel):
    value: str = Field(..., description="New value")


class ApprovalOut(Record):
    id: int = Field(..., description="Approval ID")
    workflow_id: int = Field(..., description="Workflow ID")
    title: str = Field(..., description="What is to be approved")
    requested_by: int = Field(..., description="User ID of the requester")
    approver_id: int = Field(..., description="User ID of the approver")
    status: ApprovalStatus = Field(..., description="Approval status")
    comment: Optional[str] = Field(None, description="Comment of the approver")


class ApprovalDecision(BaseModel):
    decision: Literal["approved", "rejected"] = Field(..., description="The decision: approved or rejected")
    comment: Optional[str] = Field(None, description="Comment shown to the requester")


class ApprovalReassign(BaseModel):
    approver_id: int = Field(..., description="User ID of the new approver")


class ChannelOut(Record):
    id: int = Field(..., description="Channel ID")
    team_id: int = Field(..., description="Team ID")
    name: str = Field(..., description="Channel name")
    channel_type: str = Field(..., description="email, slack or pager")
    target: str = Field(..., description="Address, channel or pager key")
    is_enabled: bool = Field(..., description="Whether messages are delivered")


class NotificationRuleOut(Record):
    id: int = Field(..., description="Notification rule ID")
    workflow_id: int = Field(..., description="Workflow ID")
    channel_id: int = Field(..., description="Channel ID")
    event: NotificationEvent = Field(..., description="Event that is announced")
    is_enabled: bool = Field(..., description="Whether the rule is enabled")


class NotificationRuleCreate(BaseModel):
    workflow_id: int = Field(..., description="Workflow ID")
    channel_id: int = Field(..., description="Channel ID")
    event: NotificationEvent = Field(..., description="Event to announce")


class TagOut(Record):
    id: int = Field(..., description="Tag ID")
    name: str = Field(..., description="Tag name")
    color: str = Field(..., description="Display color")


class TagCreate(BaseModel):
    name: str = Field(..., description="Tag name")
    color: str = Field("grey", description="Display color")


class WorkflowTagCreate(BaseModel):
    tag_id: int = Field(..., description="Tag ID")


class WorkflowTagOut(Record):
    id: int = Field(..., description="ID of the assignment")
    workflow_id: int = Field(..., description="Workflow ID")
    tag_id: int = Field(..., description="Tag ID")


class AlertOut(Record):
    id: int = Field(..., description="Alert ID")
    alert_rule_id: int = Field(..., description="ID of the rule that raised the alert")
    workflow_id: int = Field(..., description="Workflow ID")
    severity: AlertSeverity = Field(..., description="Severity")
    status: AlertStatus = Field(..., description="Alert status")
    message: str = Field(..., description="What was noticed")
    note: Optional[str] = Field(None, description="Note of the person who handled the alert")
    handled_by: Optional[int] = Field(None, description="User ID of the person who handled the alert")


class AlertNote(BaseModel):
    note: str = Field(..., description="Note to keep with the alert")


class TemplateOut(Record):
    id: int = Field(..., description="Template ID")
    name: str = Field(..., description="Template name")
    category: str = Field(..., description="Category")
    description: str = Field(..., description="What the template is for")


class TemplateWorkflowCreate(BaseModel):
    template_id: int = Field(..., description="Template ID")
    name: str = Field(..., description="Name of the new workflow")
    team_id: int = Field(..., description="Team ID")


class PlaybookOut(Record):
    id: int = Field(..., description="Playbook ID")
    name: str = Field(..., description="Playbook name")
    description: str = Field(..., description="What the playbook is for")


class PlaybookStart(BaseModel):
    workflow_id: int = Field(..., description="Workflow ID to run the playbook for")


class PlaybookRunOut(Record):
    id: int = Field(..., description="Playbook run ID")
    playbook_id: int = Field(..., description="Playbook ID")
    workflow_id: int = Field(..., description="Workflow ID")
    changed_records: int = Field(..., description="Number of records that were created or changed")


class TemplateApply(BaseModel):
    workflow_id: int = Field(..., description="Workflow ID to apply the template to")
    template_id: int = Field(..., description="Template ID")


class Deleted(BaseModel):
    id: int = Field(..., description="ID of the deleted record")
    deleted: bool = Field(..., description="Whether the record was deleted")


app = FastAPI(title="Northbay Flow", description="Workflow automation for a mid-sized company", version="1.0.0")

# ---------------------------------------------------------------------------
# Users, teams, environments
# ---------------------------------------------------------------------------


@app.get(
    "/users",
    summary="List users",
    description="List the users of the company, optionally those whose name contains a text.",
    tags=["users"],
    operation_id="list_users",
    response_model=List[UserOut],
)
async def list_users(
    name_contains: Optional[str] = Query(None, description="Part of the full name, any case"),
    limit: int = Query(20, ge=1, le=100, description="Maximum number of users"),
):
    session = SessionLocal()
    query = session.query(User)
    if name_contains is not None:
        query = query.filter(User.full_name.ilike(f"%{name_contains}%"))
    result = [UserOut.model_validate(row) for row in query.order_by(User.id).limit(limit)]
    session.close()
    return result


@app.get(
    "/teams",
    summary="List teams",
    description="List all teams with their leads.",
    tags=["teams"],
    operation_id="list_teams",
    response_model=List[TeamOut],
)
async def list_teams(limit: int = Query(20, ge=1, le=100, description="Maximum number of teams")):
    session = SessionLocal()
    result = [TeamOut.model_validate(row) for row in session.query(Team).order_by(Team.id).limit(limit)]
    session.close()
    return result


@app.get(
    "/teams/{team_id}/members",
    summary="List team members",
    description="List the members of one team.",
    tags=["teams"],
    operation_id="list_team_members",
    response_model=List[TeamMemberOut],
)
async def list_team_members(
    team_id: int = Path(..., description="Team ID"),
    limit: int = Query(50, ge=1, le=100, description="Maximum number of members"),
):
    session = SessionLocal()
    team = session.query(Team).filter(Team.id == team_id).one()
    query = session.query(TeamMember).filter(TeamMember.team_id == team.id)
    result = [TeamMemberOut.model_validate(row) for row in query.order_by(TeamMember.id).limit(limit)]
    session.close()
    return result


@app.get(
    "/environments",
    summary="List environments",
    description="List the environments that workflows run in.",
    tags=["environments"],
    operation_id="list_environments",
    response_model=List[EnvironmentOut],
)
async def list_environments(limit: int = Query(20, ge=1, le=100, description="Maximum number of environments")):
    session = SessionLocal()
    query = session.query(Environment).order_by(Environment.id).limit(limit)
    result = [EnvironmentOut.model_validate(row) for row in query]
    session.close()
    return result


# ---------------------------------------------------------------------------
# Workflows
# ---------------------------------------------------------------------------


@app.get(
    "/workflows",
    summary="List workflows",
    description="List workflows, optionally filtered by name, status, owner or team.",
    tags=["workflows"],
    operation_id="list_workflows",
    response_model=List[WorkflowOut],
)
async def list_workflows(
    name_contains: Optional[str] = Query(None, description="Part of the workflow name, any case"),
    status: Optional[WorkflowStatus] = Query(None, description="Only workflows with this status"),
    owner_id: Optional[int] = Query(None, description="Only workflows of this owner (user ID)"),
    team_id: Optional[int] = Query(None, description="Only workflows of this team"),
    limit: int = Query(20, ge=1, le=100, description="Maximum number of workflows"),
    offset: int = Query(0, ge=0, description="Number of workflows to skip"),
):
    session = SessionLocal()
    query = session.query(Workflow)
    if name_contains is not None:
        query = query.filter(Workflow.name.ilike(f"%{name_contains}%"))
    if status is not None:
        query = query.filter(Workflow.status == status)
    if owner_id is not None:
        query = query.filter(Workflow.owner_id == owner_id)
    if team_id is not None:
        query = query.filter(Workflow.team_id == team_id)
    result = [WorkflowOut.model_validate(row) for row in query.order_by(Workflow.id).offset(offset).limit(limit)]
    session.close()
    return result


@app.get(
    "/workflows/{workflow_id}",
    summary="Get workflow",
    description="Get one workflow by its ID.",
    tags=["workflows"],
    operation_id="get_workflow",
    response_model=WorkflowOut,
)
async def get_workflow(workflow_id: int = Path(..., description="Workflow ID")):
    session = SessionLocal()
    workflow = session.query(Workflow).filter(Workflow.id == workflow_id).one()
    result = WorkflowOut.model_validate(workflow)
    session.close()
    return result


@app.post(
    "/workflows",
    summary="Create workflow",
    description="Create an empty workflow with status draft; steps and triggers are added afterwards.",
    tags=["workflows"],
    operation_id="create_workflow",
    response_model=WorkflowOut,
)
async def create_workflow(payload: WorkflowCreate):
    session = SessionLocal()
    user_id = CURRENT_USER_ID
    team = session.query(Team).filter(Team.id == payload.team_id).one()
    environment = session.query(Environment).filter(Environment.id == payload.environment_id).one()
    owner = session.query(User).filter(User.id == (payload.owner_id or user_id)).one()
    workflow = Workflow(
        name=payload.name,
        description=payload.description,
        owner_id=owner.id,
        team_id=team.id,
        environment_id=environment.id,
        status="draft",
        version=0,
    )
    session.add(workflow)
    session.commit()
    session.refresh(workflow)
    result = WorkflowOut.model_validate(workflow)
    session.close()
    return result


@app.patch(
    "/workflows/{workflow_id}",
    summary="Update workflow",
    description="Change name, description, owner, team or environment of a workflow.",
    tags=["workflows"],
    operation_id="update_workflow",
    response_model=WorkflowOut,
)
async def update_workflow(payload: WorkflowUpdate, workflow_id: int = Path(..., description="Workflow ID")):
    session = SessionLocal()
    workflow = session.query(Workflow).filter(Workflow.id == workflow_id).one()
    changes = payload.model_dump(exclude_none=True)
    if "owner_id" in changes:
        session.query(User).filter(User.id == changes["owner_id"]).one()
    if "team_id" in changes:
        session.query(Team).filter(Team.id == changes["team_id"]).one()
    if "environment_id" in changes:
        session.query(Environment).filter(Environment.id == changes["environment_id"]).one()
    for field, value in changes.items():
        setattr(workflow, field, value)
    session.commit()
    session.refresh(workflow)
    result = WorkflowOut.model_validate(workflow)
    session.close()
    return result


@app.put(
    "/workflows/{workflow_id}/status",
    summary="Set workflow status",
    description="Activate, pause, archive or return a workflow to draft.",
    tags=["workflows"],
    operation_id="set_workflow_status",
    response_model=WorkflowOut,
)
async def set_workflow_status(payload: WorkflowStatusUpdate, workflow_id: int = Path(..., description="Workflow ID")):
    session = SessionLocal()
    workflow = session.query(Workflow).filter(Workflow.id == workflow_id).one()
    workflow.status = payload.status
    session.commit()
    session.refresh(workflow)
    result = WorkflowOut.model_validate(workflow)
    session.close()
    return result


@app.post(
    "/workflows/{workflow_id}/publish",
    summary="Publish workflow",
    description="Publish the current steps as a new version; the system assigns its number and release code.",
    tags=["workflows"],
    operation_id="publish_workflow",
    response_model=PublishReceipt,
)
async def publish_workflow(payload: PublishRequest, workflow_id: int = Path(..., description="Workflow ID")):
    session = SessionLocal()
    user_id = CURRENT_USER_ID
    workflow = session.query(Workflow).filter(Workflow.id == workflow_id).one()
    steps = session.query(WorkflowStep).filter(WorkflowStep.workflow_id == workflow.id, WorkflowStep.is_enabled).all()
    workflow.version = workflow.version + 1
    initials = "".join(word[0] for word in workflow.name.split()).upper()
    checksum = (workflow.version * 7 + sum(step.position * step.timeout_seconds for step in steps)) % 97
    session.add(
        WorkflowVersion(
            workflow_id=workflow.id,
            version=workflow.version,
            release_code=f"{initials}-{workflow.version:02d}-{checksum:02d}",
            notes=payload.notes,
            published_by=user_id,
        )
    )
    session.commit()
    session.close()
    return PublishReceipt(workflow_id=workflow_id, accepted=True)


@app.get(
    "/workflows/{workflow_id}/versions",
    summary="List workflow versions",
    description="List the published versions of a workflow, newest first.",
    tags=["workflows"],
    operation_id="list_workflow_versions",
    response_model=List[WorkflowVersionOut],
)
async def list_workflow_versions(
    workflow_id: int = Path(..., description="Workflow ID"),
    limit: int = Query(10, ge=1, le=100, description="Maximum number of versions"),
):
    session = SessionLocal()
    workflow = session.query(Workflow).filter(Workflow.id == workflow_id).one()
    query = session.query(WorkflowVersion).filter(WorkflowVersion.workflow_id == workflow.id)
    query = query.order_by(WorkflowVersion.version.desc()).limit(limit)
    result = [WorkflowVersionOut.model_validate(row) for row in query]
    session.close()
    return result


# ---------------------------------------------------------------------------
# Steps
# ---------------------------------------------------------------------------


@app.get(
    "/workflows/{workflow_id}/steps",
    summary="List workflow steps",
    description="List the steps of a workflow in their order.",
    tags=["steps"],
    operation_id="list_workflow_steps",
    response_model=List[StepOut],
)
async def list_workflow_steps(
    workflow_id: int = Path(..., description="Workflow ID"),
    limit: int = Query(50, ge=1, le=100, description="Maximum number of steps"),
):
    session = SessionLocal()
    workflow = session.query(Workflow).filter(Workflow.id == workflow_id).one()
    query = session.query(WorkflowStep).filter(WorkflowStep.workflow_id == workflow.id)
    query = query.order_by(WorkflowStep.position, WorkflowStep.id).limit(limit)
    result = [StepOut.model_validate(row) for row in query]
    session.close()
    return result


@app.post(
    "/workflows/{workflow_id}/steps",
    summary="Add workflow step",
    description="Add a step at the end of a workflow.",
    tags=["steps"],
    operation_id="add_workflow_step",
    response_model=StepOut,
)
async def add_workflow_step(payload: StepCreate, workflow_id: int = Path(..., description="Workflow ID")):
    session = SessionLocal()
    workflow = session.query(Workflow).filter(Workflow.id == workflow_id).one()
    if payload.connection_id is not None:
        session.query(Connection).filter(Connection.id == payload.connection_id).one()
    if payload.retry_policy_id is not None:
        session.query(RetryPolicy).filter(RetryPolicy.id == payload.retry_policy_id).one()
    last = (
        session.query(WorkflowStep)
        .filter(WorkflowStep.workflow_id == workflow.id)
        .order_by(WorkflowStep.position.desc())
        .first()
    )
    step = WorkflowStep(
        workflow_id=workflow.id,
        position=last.position + 1 if last else 1,
        name=payload.name,
        action_type=payload.action_type,
        connection_id=payload.connection_id,
        retry_policy_id=payload.retry_policy_id,
        timeout_seconds=payload.timeout_seconds,
        is_enabled=True,
    )
    session.add(step)
    session.commit()
    session.refresh(step)
    result = StepOut.model_validate(step)
    session.close()
    return result


@app.patch(
    "/steps/{step_id}",
    summary="Update workflow step",
    description="Change the settings of one step.",
    tags=["steps"],
    operation_id="update_workflow_step",
    response_model=StepOut,
)
async def update_workflow_step(payload: StepUpdate, step_id: int = Path(..., description="Step ID")):
    session = SessionLocal()
    step = session.query(WorkflowStep).filter(WorkflowStep.id == step_id).one()
    changes = payload.model_dump(exclude_none=True)
    if "connection_id" in changes:
        session.query(Connection).filter(Connection.id == changes["connection_id"]).one()
    if "retry_policy_id" in changes:
        session.query(RetryPolicy).filter(RetryPolicy.id == changes["retry_policy_id"]).one()
    for field, value in changes.items():
        setattr(step, field, value)
    session.commit()
    session.refresh(step)
    result = StepOut.model_validate(step)
    session.close()
    return result


@app.delete(
    "/steps/{step_id}",
    summary="Delete workflow step",
    description="Delete one step and move the later ones up.",
    tags=["steps"],
    operation_id="delete_workflow_step",
    response_model=Deleted,
)
async def delete_workflow_step(step_id: int = Path(..., description="Step ID")):
    session = SessionLocal()
    step = session.query(WorkflowStep).filter(WorkflowStep.id == step_id).one()
    later = session.query(WorkflowStep).filter(
        WorkflowStep.workflow_id == step.workflow_id, WorkflowStep.position > step.position
    )
    for other in later.all():
        other.position = other.position - 1
    for entry in session.query(RunLog).filter(RunLog.step_id == step.id).all():
        entry.step_id = None
    session.delete(step)
    session.commit()
    session.close()
    return Deleted(id=step_id, deleted=True)


# ---------------------------------------------------------------------------
# Triggers, schedules, webhooks
# ---------------------------------------------------------------------------


@app.get(
    "/workflows/{workflow_id}/triggers",
    summary="List triggers",
    description="List what starts a workflow.",
    tags=["triggers"],
    operation_id="list_triggers",
    response_model=List[TriggerOut],
)
async def list_triggers(
    workflow_id: int = Path(..., description="Workflow ID"),
    limit: int = Query(20, ge=1, le=100, description="Maximum number of triggers"),
):
    session = SessionLocal()
    workflow = session.query(Workflow).filter(Workflow.id == workflow_id).one()
    query = session.query(Trigger).filter(Trigger.workflow_id == workflow.id).order_by(Trigger.id).limit(limit)
    result = [TriggerOut.model_validate(row) for row in query]
    session.close()
    return result


@app.post(
    "/workflows/{workflow_id}/triggers",
    summary="Create trigger",
    description="Add a trigger to a workflow; triggers of type event need an event name.",
    tags=["triggers"],
    operation_id="create_trigger",
    response_model=TriggerOut,
)
async def create_trigger(payload: TriggerCreate, workflow_id: int = Path(..., description="Workflow ID")):
    session = SessionLocal()
    workflow = session.query(Workflow).filter(Workflow.id == workflow_id).one()
    trigger = Trigger(
        workflow_id=workflow.id, trigger_type=payload.trigger_type, event_name=payload.event_name, is_enabled=True
    )
    session.add(trigger)
    session.commit()
    session.refresh(trigger)
    result = TriggerOut.model_validate(trigger)
    session.close()
    return result


@app.get(
    "/schedules",
    summary="List schedules",
    description="List schedules of all workflows, optionally of one workflow.",
    tags=["schedules"],
    operation_id="list_schedules",
    response_model=List[ScheduleOut],
)
async def list_schedules(
    workflow_id: Optional[int] = Query(None, description="Only schedules of this workflow"),
    limit: int = Query(20, ge=1, le=100, description="Maximum number of schedules"),
):
    session = SessionLocal()
    query = session.query(Schedule)
    if workflow_id is not None:
        query = query.filter(Schedule.workflow_id == workflow_id)
    result = [ScheduleOut.model_validate(row) for row in query.order_by(Schedule.id).limit(limit)]
    session.close()
    return result


@app.post(
    "/schedules",
    summary="Create schedule",
    description="Add a further schedule to a workflow.",
    tags=["schedules"],
    operation_id="create_schedule",
    response_model=ScheduleOut,
)
async def create_schedule(payload: ScheduleCreate):
    session = SessionLocal()
    workflow = session.query(Workflow).filter(Workflow.id == payload.workflow_id).one()
    schedule = Schedule(
        workflow_id=workflow.id,
        name=payload.name,
        cron_expression=payload.cron_expression,
        timezone=payload.timezone,
        is_active=True,
    )
    session.add(schedule)
    session.commit()
    session.refresh(schedule)
    result = ScheduleOut.model_validate(schedule)
    session.close()
    return result


@app.patch(
    "/schedules/{schedule_id}",
    summary="Update schedule",
    description="Change name, time, time zone or activity of a schedule.",
    tags=["schedules"],
    operation_id="update_schedule",
    response_model=ScheduleOut,
)
async def update_schedule(payload: ScheduleUpdate, schedule_id: int = Path(..., description="Schedule ID")):
    session = SessionLocal()
    schedule = session.query(Schedule).filter(Schedule.id == schedule_id).one()
    for field, value in payload.model_dump(exclude_none=True).items():
        setattr(schedule, field, value)
    session.commit()
    session.refresh(schedule)
    result = ScheduleOut.model_validate(schedule)
    session.close()
    return result


@app.delete(
    "/schedules/{schedule_id}",
    summary="Delete schedule",
    description="Delete a schedule for good.",
    tags=["schedules"],
    operation_id="delete_schedule",
    response_model=Deleted,
)
async def delete_schedule(schedule_id: int = Path(..., description="Schedule ID")):
    session = SessionLocal()
    schedule = session.query(Schedule).filter(Schedule.id == schedule_id).one()
    session.delete(schedule)
    session.commit()
    session.close()
    return Deleted(id=schedule_id, deleted=True)


@app.get(
    "/webhooks",
    summary="List webhooks",
    description="List the incoming webhooks, optionally of one workflow.",
    tags=["webhooks"],
    operation_id="list_webhooks",
    response_model=List[WebhookOut],
)
async def list_webhooks(
    workflow_id: Optional[int] = Query(None, description="Only webhooks of this workflow"),
    limit: int = Query(20, ge=1, le=100, description="Maximum number of webhooks"),
):
    session = SessionLocal()
    query = session.query(Webhook)
    if workflow_id is not None:
        query = query.filter(Webhook.workflow_id == workflow_id)
    result = [WebhookOut.model_validate(row) for row in query.order_by(Webhook.id).limit(limit)]
    session.close()
    return result


# ---------------------------------------------------------------------------
# Connections
# ---------------------------------------------------------------------------


@app.get(
    "/connections",
    summary="List connections",
    description="List connections to other systems, optionally filtered by provider, environment or status.",
    tags=["connections"],
    operation_id="list_connections",
    response_model=List[ConnectionOut],
)
async def list_connections(
    provider: Optional[str] = Query(None, description="Only connections of this provider, for example salesforce"),
    environment_id: Optional[int] = Query(None, description="Only connections of this environment"),
    status: Optional[ConnectionStatus] = Query(None, description="Only connections with this status"),
    limit: int = Query(20, ge=1, le=100, description="Maximum number of connections"),
):
    session = SessionLocal()
    query = session.query(Connection)
    if provider is not None:
        query = query.filter(Connection.provider == provider)
    if environment_id is not None:
        query = query.filter(Connection.environment_id == environment_id)
    if status is not None:
        query = query.filter(Connection.status == status)
    result = [ConnectionOut.model_validate(row) for row in query.order_by(Connection.id).limit(limit)]
    session.close()
    return result


@app.get(
    "/connections/{connection_id}",
    summary="Get connection",
    description="Get one connection with its stored credentials.",
    tags=["connections"],
    operation_id="get_connection",
    response_model=ConnectionDetail,
)
async def get_connection(connection_id: int = Path(..., description="Connection ID")):
    session = SessionLocal()
    connection = session.query(Connection).filter(Connection.id == connection_id).one()
    credentials = session.query(Credential).filter(Credential.connection_id == connection.id).order_by(Credential.id)
    result = ConnectionDetail(
        **ConnectionOut.model_validate(connection).model_dump(),
        credentials=[CredentialOut.model_validate(row) for row in credentials],
    )
    session.close()
    return result


def renew_connection(session, connection):
    connection.status = "active"
    connection.last_checked_at = utc_now()
    for credential in session.query(Credential).filter(Credential.connection_id == connection.id).all():
        credential.rotated_at = utc_now()
        credential.expires_at = utc_now() + timedelta(days=90)


@app.post(
    "/connections/{connection_id}/reauthorize",
    summary="Reauthorize connection",
    description="Renew the authorization of one connection and make it active again.",
    tags=["connections"],
    operation_id="reauthorize_connection",
    response_model=ConnectionOut,
)
async def reauthorize_connection(connection_id: int = Path(..., description="Connection ID")):
    session = SessionLocal()
    connection = session.query(Connection).filter(Connection.id == connection_id).one()
    renew_connection(session, connection)
    session.commit()
    session.refresh(connection)
    result = ConnectionOut.model_validate(connection)
    session.close()
    return result


# ---------------------------------------------------------------------------
# Runs
# ---------------------------------------------------------------------------

TICKS_PER_RUN = 2


def queue_retry(session, run, user_id):
    retry = WorkflowRun(
        workflow_id=run.workflow_id,
        environment_id=run.environment_id,
        status="queued",
        triggered_by="retry",
        requested_by=user_id,
        retry_of_run_id=run.id,
        attempt=run.attempt + 1,
        engine_ticks_left=TICKS_PER_RUN,
    )
    session.add(retry)
    return retry


@app.get(
    "/runs",
    summary="List runs",
    description="List workflow runs newest first, at most 10 on a page; ask again with a larger offset for older ones.",
    tags=["runs"],
    operation_id="list_runs",
    response_model=RunPage,
)
async def list_runs(
    workflow_id: Optional[int] = Query(None, description="Only runs of this workflow"),
    status: Optional[RunStatus] = Query(None, description="Only runs with this status"),
    limit: int = Query(10, ge=1, le=10, description="Number of runs on a page (1 to 10)"),
    offset: int = Query(0, ge=0, description="Number of runs to skip"),
):
    session = SessionLocal()
    query = session.query(WorkflowRun)
    if workflow_id is not None:
        query = query.filter(WorkflowRun.workflow_id == workflow_id)
    if status is not None:
        query = query.filter(WorkflowRun.status == status)
    rows = query.order_by(WorkflowRun.id.desc()).offset(offset).limit(limit + 1).all()
    result = RunPage(
        runs=[RunOut.model_validate(row) for row in rows[:limit]], offset=offset, has_more=len(rows) > limit
    )
    session.close()
    return result


@app.get(
    "/runs/{run_id}/status",
    summary="Get run status",
    description="Get the status of a run at this moment; ask again until the run has finished.",
    tags=["runs"],
    operation_id="get_run_status",
    response_model=RunStatusOut,
)
async def get_run_status(run_id: int = Path(..., description="Run ID")):
    session = SessionLocal()
    run = session.query(WorkflowRun).filter(WorkflowRun.id == run_id).one()
    if run.engine_ticks_left > 0:
        # The engine is simulated: every look at an unfinished run moves it on by one stage.
        run.engine_ticks_left = run.engine_ticks_left - 1
        if run.engine_ticks_left > 0:
            run.status = "running"
        else:
            broken = (
                session.query(Connection)
                .join(WorkflowStep, WorkflowStep.connection_id == Connection.id)
                .filter(
                    WorkflowStep.workflow_id == run.workflow_id,
                    WorkflowStep.is_enabled,
                    Connection.status != "active",
                )
                .first()
            )
            run.status = "failed" if broken else "succeeded"
            run.error_message = f"{broken.name} refused the access token" if broken else None
            run.finished_at = utc_now()
        session.commit()
        session.refresh(run)
    result = RunStatusOut.model_validate(run)
    session.close()
    return result


@app.post(
    "/runs",
    summary="Start run",
    description="Start an active workflow once; the run is queued and then executed.",
    tags=["runs"],
    operation_id="start_run",
    response_model=RunOut,
)
async def start_run(payload: RunStart):
    session = SessionLocal()
    user_id = CURRENT_USER_ID
    workflow = session.query(Workflow).filter(Workflow.id == payload.workflow_id, Workflow.status == "active").one()
    environment_id = payload.environment_id or workflow.environment_id
    environment = session.query(Environment).filter(Environment.id == environment_id).one()
    run = WorkflowRun(
        workflow_id=workflow.id,
        environment_id=environment.id,
        status="queued",
        triggered_by="manual",
        requested_by=user_id,
        attempt=1,
        engine_ticks_left=TICKS_PER_RUN,
    )
    session.add(run)
    session.commit()
    session.refresh(run)
    result = RunOut.model_validate(run)
    session.close()
    return result


@app.post(
    "/runs/{run_id}/retry",
    summary="Retry run",
    description="Queue a new attempt of one failed run.",
    tags=["runs"],
    operation_id="retry_run",
    response_model=RunOut,
)
async def retry_run(run_id: int = Path(..., description="ID of the failed run")):
    session = SessionLocal()
    user_id = CURRENT_USER_ID
    run = session.query(WorkflowRun).filter(WorkflowRun.id == run_id, WorkflowRun.status == "failed").one()
    retry = queue_retry(session, run, user_id)
    session.commit()
    session.refresh(retry)
    result = RunOut.model_validate(retry)
    session.close()
    return result


@app.post(
    "/runs/{run_id}/cancel",
    summary="Cancel run",
    description="Cancel a run that has not finished yet.",
    tags=["runs"],
    operation_id="cancel_run",
    response_model=RunOut,
)
async def cancel_run(run_id: int = Path(..., description="Run ID")):
    session = SessionLocal()
    run = (
        session.query(WorkflowRun).filter(WorkflowRun.id == run_id, WorkflowRun.status.in_(["queued", "running"])).one()
    )
    run.status = "cancelled"
    run.engine_ticks_left = 0
    run.finished_at = utc_now()
    session.commit()
    session.refresh(run)
    result = RunOut.model_validate(run)
    session.close()
    return result


@app.get(
    "/runs/{run_id}/logs",
    summary="List run logs",
    description="List the log entries of one run, oldest first.",
    tags=["runs"],
    operation_id="list_run_logs",
    response_model=List[RunLogOut],
)
async def list_run_logs(
    run_id: int = Path(..., description="Run ID"),
    limit: int = Query(50, ge=1, le=100, description="Maximum number of entries"),
):
    session = SessionLocal()
    run = session.query(WorkflowRun).filter(WorkflowRun.id == run_id).one()
    query = session.query(RunLog).filter(RunLog.run_id == run.id).order_by(RunLog.id).limit(limit)
    result = [RunLogOut.model_validate(row) for row in query]
    session.close()
    return result


# ---------------------------------------------------------------------------
# Variables
# ---------------------------------------------------------------------------


@app.get(
    "/variables",
    summary="List variables",
    description="List variables, optionally filtered by environment or name; includes overrides of single workflows.",
    tags=["variables"],
    operation_id="list_variables",
    response_model=List[VariableOut],
)
async def list_variables(
    environment_id: Optional[int] = Query(None, description="Only variables of this environment"),
    key: Optional[str] = Query(None, description="Only variables with this name"),
    limit: int = Query(50, ge=1, le=100, description="Maximum number of variables"),
):
    session = SessionLocal()
    query = session.query(Variable)
    if environment_id is not None:
        query = query.filter(Variable.environment_id == environment_id)
    if key is not None:
        query = query.filter(Variable.key == key)
    result = [VariableOut.model_validate(row) for row in query.order_by(Variable.id).limit(limit)]
    session.close()
    return result


@app.post(
    "/variables",
    summary="Create variable",
    description="Create a new variable in an environment, or an override for one workflow.",
    tags=["variables"],
    operation_id="create_variable",
    response_model=VariableOut,
)
async def create_variable(payload: VariableCreate):
    session = SessionLocal()
    environment = session.query(Environment).filter(Environment.id == payload.environment_id).one()
    if payload.workflow_id is not None:
        session.query(Workflow).filter(Workflow.id == payload.workflow_id).one()
    variable = Variable(
        environment_id=environment.id,
        workflow_id=payload.workflow_id,
        key=payload.key,
        value=payload.value,
        is_secret=payload.is_secret,
    )
    session.add(variable)
    session.commit()
    session.refresh(variable)
    result = VariableOut.model_validate(variable)
    session.close()
    return result


@app.patch(
    "/variables/{variable_id}",
    summary="Update variable",
    description="Change the value of an existing variable.",
    tags=["variables"],
    operation_id="update_variable",
    response_model=VariableOut,
)
async def update_variable(payload: VariableUpdate, variable_id: int = Path(..., description="Variable ID")):
    session = SessionLocal()
    variable = session.query(Variable).filter(Variable.id == variable_id).one()
    variable.value = payload.value
    session.commit()
    session.refresh(variable)
    result = VariableOut.model_validate(variable)
    session.close()
    return result


@app.delete(
    "/variables/{variable_id}",
    summary="Delete variable",
    description="Delete a variable for good.",
    tags=["variables"],
    operation_id="delete_variable",
    response_model=Deleted,
)
async def delete_variable(variable_id: int = Path(..., description="Variable ID")):
    session = SessionLocal()
    variable = session.query(Variable).filter(Variable.id == variable_id).one()
    session.delete(variable)
    session.commit()
    session.close()
    return Deleted(id=variable_id, deleted=True)


# ---------------------------------------------------------------------------
# Approvals
# ---------------------------------------------------------------------------


@app.get(
    "/approvals",
    summary="List approvals",
    description="List approvals, optionally filtered by approver, workflow or status.",
    tags=["approvals"],
    operation_id="list_approvals",
    response_model=List[ApprovalOut],
)
async def list_approvals(
    approver_id: Optional[int] = Query(None, description="Only approvals of this approver (user ID)"),
    workflow_id: Optional[int] = Query(None, description="Only approvals of this workflow"),
    status: Optional[ApprovalStatus] = Query(None, description="Only approvals with this status"),
    limit: int = Query(20, ge=1, le=100, description="Maximum number of approvals"),
):
    session = SessionLocal()
    query = session.query(Approval)
    if approver_id is not None:
        query = query.filter(Approval.approver_id == approver_id)
    if workflow_id is not None:
        query = query.filter(Approval.workflow_id == workflow_id)
    if status is not None:
        query = query.filter(Approval.status == status)
    result = [ApprovalOut.model_validate(row) for row in query.order_by(Approval.id).limit(limit)]
    session.close()
    return result


@app.post(
    "/approvals/{approval_id}/decision",
    summary="Decide approval",
    description="Approve or reject a pending approval.",
    tags=["approvals"],
    operation_id="decide_approval",
    response_model=ApprovalOut,
)
async def decide_approval(payload: ApprovalDecision, approval_id: int = Path(..., description="Approval ID")):
    session = SessionLocal()
    approval = session.query(Approval).filter(Approval.id == approval_id, Approval.status == "pending").one()
    approval.status = payload.decision
    approval.comment = payload.comment
    approval.decided_at = utc_now()
    session.commit()
    session.refresh(approval)
    result = ApprovalOut.model_validate(approval)
    session.close()
    return result


@app.put(
    "/approvals/{approval_id}/approver",
    summary="Reassign approval",
    description="Hand an approval over to another approver.",
    tags=["approvals"],
    operation_id="reassign_approval",
    response_model=ApprovalOut,
)
async def reassign_approval(payload: ApprovalReassign, approval_id: int = Path(..., description="Approval ID")):
    session = SessionLocal()
    approval = session.query(Approval).filter(Approval.id == approval_id).one()
    approver = session.query(User).filter(User.id == payload.approver_id).one()
    approval.approver_id = approver.id
    session.commit()
    session.refresh(approval)
    result = ApprovalOut.model_validate(approval)
    session.close()
    return result


# ---------------------------------------------------------------------------
# Notifications
# ---------------------------------------------------------------------------


@app.get(
    "/notification-channels",
    summary="List notification channels",
    description="List the channels that teams are notified on, optionally of one team.",
    tags=["notifications"],
    operation_id="list_notification_channels",
    response_model=List[ChannelOut],
)
async def list_notification_channels(
    team_id: Optional[int] = Query(None, description="Only channels of this team"),
    limit: int = Query(20, ge=1, le=100, description="Maximum number of channels"),
):
    session = SessionLocal()
    query = session.query(NotificationChannel)
    if team_id is not None:
        query = query.filter(NotificationChannel.team_id == team_id)
    result = [ChannelOut.model_validate(row) for row in query.order_by(NotificationChannel.id).limit(limit)]
    session.close()
    return result


@app.get(
    "/notification-rules",
    summary="List notification rules",
    description="List which events are announced on which channels, optionally of one workflow.",
    tags=["notifications"],
    operation_id="list_notification_rules",
    response_model=List[NotificationRuleOut],
)
async def list_notification_rules(
    workflow_id: Optional[int] = Query(None, description="Only rules of this workflow"),
    limit: int = Query(20, ge=1, le=100, description="Maximum number of rules"),
):
    session = SessionLocal()
    query = session.query(NotificationRule)
    if workflow_id is not None:
        query = query.filter(NotificationRule.workflow_id == workflow_id)
    result = [NotificationRuleOut.model_validate(row) for row in query.order_by(NotificationRule.id).limit(limit)]
    session.close()
    return result


@app.post(
    "/notification-rules",
    summary="Create notification rule",
    description="Announce one event of a workflow on one channel.",
    tags=["notifications"],
    operation_id="create_notification_rule",
    response_model=NotificationRuleOut,
)
async def create_notification_rule(payload: NotificationRuleCreate):
    session = SessionLocal()
    workflow = session.query(Workflow).filter(Workflow.id == payload.workflow_id).one()
    channel = session.query(NotificationChannel).filter(NotificationChannel.id == payload.channel_id).one()
    rule = NotificationRule(workflow_id=workflow.id, channel_id=channel.id, event=payload.event, is_enabled=True)
    session.add(rule)
    session.commit()
    session.refresh(rule)
    result = NotificationRuleOut.model_validate(rule)
    session.close()
    return result


@app.delete(
    "/notification-rules/{rule_id}",
    summary="Delete notification rule",
    description="Delete a notification rule for good.",
    tags=["notifications"],
    operation_id="delete_notification_rule",
    response_model=Deleted,
)
async def delete_notification_rule(rule_id: int = Path(..., description="Notification rule ID")):
    session = SessionLocal()
    rule = session.query(NotificationRule).filter(NotificationRule.id == rule_id).one()
    session.delete(rule)
    session.commit()
    session.close()
    return Deleted(id=rule_id, deleted=True)


# ---------------------------------------------------------------------------
# Tags
# ---------------------------------------------------------------------------


@app.get(
    "/tags",
    summary="List tags",
    description="List all tags.",
    tags=["tags"],
    operation_id="list_tags",
    response_model=List[TagOut],
)
async def list_tags(limit: int = Query(50, ge=1, le=100, description="Maximum number of tags")):
    session = SessionLocal()
    result = [TagOut.model_validate(row) for row in session.query(Tag).order_by(Tag.id).limit(limit)]
    session.close()
    return result


@app.post(
    "/tags",
    summary="Create tag",
    description="Create a new tag.",
    tags=["tags"],
    operation_id="create_tag",
    response_model=TagOut,
)
async def create_tag(payload: TagCreate):
    session = SessionLocal()
    tag = Tag(name=payload.name, color=payload.color)
    session.add(tag)
    session.commit()
    session.refresh(tag)
    result = TagOut.model_validate(tag)
    session.close()
    return result


@app.post(
    "/workflows/{workflow_id}/tags",
    summary="Tag workflow",
    description="Put an existing tag on a workflow.",
    tags=["tags"],
    operation_id="tag_workflow",
    response_model=WorkflowTagOut,
)
async def tag_workflow(payload: WorkflowTagCreate, workflow_id: int = Path(..., description="Workflow ID")):
    session = SessionLocal()
    workflow = session.query(Workflow).filter(Workflow.id == workflow_id).one()
    tag = session.query(Tag).filter(Tag.id == payload.tag_id).one()
    link = WorkflowTag(workflow_id=workflow.id, tag_id=tag.id)
    session.add(link)
    session.commit()
    session.refresh(link)
    result = WorkflowTagOut.model_validate(link)
    session.close()
    return result


@app.delete(
    "/workflows/{workflow_id}/tags/{tag_id}",
    summary="Untag workflow",
    description="Take a tag off a workflow.",
    tags=["tags"],
    operation_id="untag_workflow",
    response_model=Deleted,
)
async def untag_workflow(
    workflow_id: int = Path(..., description="Workflow ID"), tag_id: int = Path(..., description="Tag ID")
):
    session = SessionLocal()
    link = session.query(WorkflowTag).filter(WorkflowTag.workflow_id == workflow_id, WorkflowTag.tag_id == tag_id).one()
    link_id = link.id
    session.delete(link)
    session.commit()
    session.close()
    return Deleted(id=link_id, deleted=True)


# ---------------------------------------------------------------------------
# Retry policies
# ---------------------------------------------------------------------------


@app.get(
    "/retry-policies",
    summary="List retry policies",
    description="List the retry policies that steps can use.",
    tags=["retry policies"],
    operation_id="list_retry_policies",
    response_model=List[RetryPolicyOut],
)
async def list_retry_policies(limit: int = Query(20, ge=1, le=100, description="Maximum number of policies")):
    session = SessionLocal()
    query = session.query(RetryPolicy).order_by(RetryPolicy.id).limit(limit)
    result = [RetryPolicyOut.model_validate(row) for row in query]
    session.close()
    return result


@app.post(
    "/retry-policies",
    summary="Create retry policy",
    description="Create a retry policy; steps refer to it by its ID.",
    tags=["retry policies"],
    operation_id="create_retry_policy",
    response_model=RetryPolicyOut,
)
async def create_retry_policy(payload: RetryPolicyCreate):
    session = SessionLocal()
    policy = RetryPolicy(
        name=payload.name,
        max_attempts=payload.max_attempts,
        backoff_strategy=payload.backoff_strategy,
        delay_seconds=payload.delay_seconds,
    )
    session.add(policy)
    session.commit()
    session.refresh(policy)
    result = RetryPolicyOut.model_validate(policy)
    session.close()
    return result


# ---------------------------------------------------------------------------
# Alerts
# ---------------------------------------------------------------------------


@app.get(
    "/alerts",
    summary="List alerts",
    description="List alerts, optionally filtered by workflow, status or severity.",
    tags=["alerts"],
    operation_id="list_alerts",
    response_model=List[AlertOut],
)
async def list_alerts(
    workflow_id: Optional[int] = Query(None, description="Only alerts of this workflow"),
    status: Optional[AlertStatus] = Query(None, description="Only alerts with this status"),
    severity: Optional[AlertSeverity] = Query(None, description="Only alerts of this severity"),
    limit: int = Query(20, ge=1, le=100, description="Maximum number of alerts"),
):
    session = SessionLocal()
    query = session.query(Alert)
    if workflow_id is not None:
        query = query.filter(Alert.workflow_id == workflow_id)
    if status is not None:
        query = query.filter(Alert.status == status)
    if severity is not None:
        query = query.filter(Alert.severity == severity)
    result = [AlertOut.model_validate(row) for row in query.order_by(Alert.id).limit(limit)]
    session.close()
    return result


@app.post(
    "/alerts/{alert_id}/acknowledge",
    summary="Acknowledge alert",
    description="Say that somebody is looking into an alert; it stays unresolved.",
    tags=["alerts"],
    operation_id="acknowledge_alert",
    response_model=AlertOut,
)
async def acknowledge_alert(payload: AlertNote, alert_id: int = Path(..., description="Alert ID")):
    session = SessionLocal()
    alert = session.query(Alert).filter(Alert.id == alert_id, Alert.status != "resolved").one()
    alert.status = "acknowledged"
    alert.note = payload.note
    alert.handled_by = CURRENT_USER_ID
    alert.handled_at = utc_now()
    session.commit()
    session.refresh(alert)
    result = AlertOut.model_validate(alert)
    session.close()
    return result


@app.post(
    "/alerts/{alert_id}/resolve",
    summary="Resolve alert",
    description="Close an alert whose cause is gone.",
    tags=["alerts"],
    operation_id="resolve_alert",
    response_model=AlertOut,
)
async def resolve_alert(payload: AlertNote, alert_id: int = Path(..., description="Alert ID")):
    session = SessionLocal()
    alert = session.query(Alert).filter(Alert.id == alert_id).one()
    alert.status = "resolved"
    alert.note = payload.note
    alert.handled_by = CURRENT_USER_ID
    alert.handled_at = utc_now()
    session.commit()
    session.refresh(alert)
    result = AlertOut.model_validate(alert)
    session.close()
    return result


# ---------------------------------------------------------------------------
# Templates and playbooks
# ---------------------------------------------------------------------------


def add_template_steps(session, workflow_id, template):
    for position, step in enumerate(json.loads(template.steps_json), start=1):
        session.add(WorkflowStep(workflow_id=workflow_id, position=position, is_enabled=True, **step))


@app.get(
    "/workflow-templates",
    summary="List workflow templates",
    description="List the ready-made templates for workflows.",
    tags=["templates"],
    operation_id="list_workflow_templates",
    response_model=List[TemplateOut],
)
async def list_workflow_templates(limit: int = Query(20, ge=1, le=100, description="Maximum number of templates")):
    session = SessionLocal()
    query = session.query(WorkflowTemplate).order_by(WorkflowTemplate.id).limit(limit)
    result = [TemplateOut.model_validate(row) for row in query]
    session.close()
    return result


@app.post(
    "/workflow-templates/instantiate",
    summary="Create workflow from template",
    description="Create a complete, active workflow in production from a template in one call.",
    tags=["templates"],
    operation_id="create_workflow_from_template",
    response_model=WorkflowOut,
)
async def create_workflow_from_template(payload: TemplateWorkflowCreate):
    session = SessionLocal()
    template = session.query(WorkflowTemplate).filter(WorkflowTemplate.id == payload.template_id).one()
    team = session.query(Team).filter(Team.id == payload.team_id).one()
    environment = session.query(Environment).filter(Environment.is_production).one()
    workflow = Workflow(
        name=payload.name,
        description=template.description,
        owner_id=CURRENT_USER_ID,
        team_id=team.id,
        environment_id=environment.id,
        status="active",
        version=0,
    )
    session.add(workflow)
    session.flush()
    add_template_steps(session, workflow.id, template)
    session.commit()
    session.refresh(workflow)
    result = WorkflowOut.model_validate(workflow)
    session.close()
    return result


@app.post(
    "/playbooks/apply-template",
    summary="Apply playbook template",
    description="Bring an existing workflow in line with a template in one call.",
    tags=["playbooks"],
    operation_id="apply_playbook_template",
    response_model=WorkflowOut,
)
async def apply_playbook_template(payload: TemplateApply):
    session = SessionLocal()
    workflow = session.query(Workflow).filter(Workflow.id == payload.workflow_id).one()
    template = session.query(WorkflowTemplate).filter(WorkflowTemplate.id == payload.template_id).one()
    for step in session.query(WorkflowStep).filter(WorkflowStep.workflow_id == workflow.id).all():
        for entry in session.query(RunLog).filter(RunLog.step_id == step.id).all():
            entry.step_id = None
        session.delete(step)
    session.flush()
    add_template_steps(session, workflow.id, template)
    workflow.description = template.description
    session.commit()
    session.refresh(workflow)
    result = WorkflowOut.model_validate(workflow)
    session.close()
    return result


@app.get(
    "/playbooks",
    summary="List playbooks",
    description="List the playbooks that take care of common chores.",
    tags=["playbooks"],
    operation_id="list_playbooks",
    response_model=List[PlaybookOut],
)
async def list_playbooks(limit: int = Query(20, ge=1, le=100, description="Maximum number of playbooks")):
    session = SessionLocal()
    result = [PlaybookOut.model_validate(row) for row in session.query(Playbook).order_by(Playbook.id).limit(limit)]
    session.close()
    return result


def notify_team_channels(session, workflow):
    channels = session.query(NotificationChannel).filter(NotificationChannel.team_id == workflow.team_id).all()
    for channel in channels:
        for event in ("run_failed", "run_succeeded"):
            session.add(NotificationRule(workflow_id=workflow.id, channel_id=channel.id, event=event, is_enabled=True))
    return 2 * len(channels)


def reauthorize_connections(session, workflow):
    connections = (
        session.query(Connection)
        .filter(Connection.environment_id == workflow.environment_id, Connection.status != "active")
        .all()
    )
    for connection in connections:
        renew_connection(session, connection)
    return len(connections)


def retry_failed_runs(session, workflow):
    runs = (
        session.query(WorkflowRun)
        .filter(WorkflowRun.workflow_id == workflow.id, WorkflowRun.status == "failed")
        .order_by(WorkflowRun.id)
        .all()
    )
    for run in runs:
        queue_retry(session, run, CURRENT_USER_ID)
    return len(runs)


def resolve_alerts(session, workflow):
    alerts = session.query(Alert).filter(Alert.workflow_id == workflow.id, Alert.status != "resolved").all()
    for alert in alerts:
        alert.status = "resolved"
        alert.note = "Resolved by playbook"
        alert.handled_by = CURRENT_USER_ID
        alert.handled_at = utc_now()
    return len(alerts)


def set_schedules(session, workflow, is_active):
    schedules = session.query(Schedule).filter(Schedule.workflow_id == workflow.id).all()
    for schedule in schedules:
        schedule.is_active = is_active
    return len(schedules)


def activate_schedules(session, workflow):
    return set_schedules(session, workflow, True)


def deactivate_schedules(session, workflow):
    return set_schedules(session, workflow, False)


def activate_workflow(session, workflow):
    workflow.status = "active"
    return 1


def pause_workflow(session, workflow):
    workflow.status = "paused"
    return 1


def move_to_production(session, workflow):
    workflow.environment_id = session.query(Environment).filter(Environment.is_production).one().id
    return 1


def mute_notifications(session, workflow):
    rules = session.query(NotificationRule).filter(NotificationRule.workflow_id == workflow.id).all()
    for rule in rules:
        rule.is_enabled = False
    return len(rules)


PLAYBOOK_ACTIONS = {
    "notify_team_channels": notify_team_channels,
    "reauthorize_connections": reauthorize_connections,
    "retry_failed_runs": retry_failed_runs,
    "resolve_alerts": resolve_alerts,
    "activate_schedules": activate_schedules,
    "deactivate_schedules": deactivate_schedules,
    "activate_workflow": activate_workflow,
    "pause_workflow": pause_workflow,
    "move_to_production": move_to_production,
    "mute_notifications": mute_notifications,
}


@app.post(
    "/playbooks/{playbook_id}/run",
    summary="Run playbook",
    description="Run a playbook for one workflow; all its actions are carried out in one call.",
    tags=["playbooks"],
    operation_id="run_playbook",
    response_model=PlaybookRunOut,
)
async def run_playbook(payload: PlaybookStart, playbook_id: int = Path(..., description="Playbook ID")):
    session = SessionLocal()
    playbook = session.query(Playbook).filter(Playbook.id == playbook_id).one()
    workflow = session.query(Workflow).filter(Workflow.id == payload.workflow_id).one()
    changed = sum(PLAYBOOK_ACTIONS[action](session, workflow) for action in json.loads(playbook.actions_json))
    record = PlaybookRun(
        playbook_id=playbook.id, workflow_id=workflow.id, started_by=CURRENT_USER_ID, changed_records=changed
    )
    session.add(record)
    session.commit()
    session.refresh(record)
    result = PlaybookRunOut.model_validate(record)
    session.close()
    return result


if __name__ == "__main__":
    host = os.getenv("HOST", "127.0.0.1")
    port = int(os.getenv("PORT", "8000"))
    uvicorn.run(app, host=host, port=port)
