"""Tallow Mill support desk: a small help desk of an invented web shop, written the way AWM scenarios are generated."""

import os
from datetime import datetime, timezone
from typing import List, Literal, Optional

import uvicorn
from fastapi import FastAPI, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Boolean, Column, DateTime, ForeignKey, Integer, String, Text, create_engine, text
from sqlalchemy.orm import declarative_base, sessionmaker

DATABASE_PATH = os.getenv("DATABASE_PATH", "sqlite:///support_desk.db")
engine = create_engine(DATABASE_PATH, connect_args={"check_same_thread": False})
SessionLocal = sessionmaker(autocommit=False, autoflush=False, bind=engine)
Base = declarative_base()

CURRENT_AGENT_ID = 1
NOW = text("CURRENT_TIMESTAMP")


def utc_now():
    return datetime.now(timezone.utc).replace(tzinfo=None)


# ---------------------------------------------------------------------------
# ORM models
# ---------------------------------------------------------------------------


class Queue(Base):
    __tablename__ = "queues"

    id = Column(Integer, primary_key=True)
    name = Column(String, nullable=False, unique=True)
    description = Column(Text, nullable=False, default="")


class Agent(Base):
    __tablename__ = "agents"

    id = Column(Integer, primary_key=True)
    full_name = Column(String, nullable=False)
    email = Column(String, nullable=False, unique=True)
    queue_id = Column(Integer, ForeignKey("queues.id"), nullable=False)


class Customer(Base):
    __tablename__ = "customers"

    id = Column(Integer, primary_key=True)
    full_name = Column(String, nullable=False)
    email = Column(String, nullable=False, unique=True)
    company = Column(String, nullable=False)


class Ticket(Base):
    __tablename__ = "tickets"

    id = Column(Integer, primary_key=True)
    customer_id = Column(Integer, ForeignKey("customers.id"), nullable=False)
    queue_id = Column(Integer, ForeignKey("queues.id"), nullable=False)
    assignee_id = Column(Integer, ForeignKey("agents.id"))
    subject = Column(String, nullable=False)
    status = Column(String, nullable=False, default="open")
    priority = Column(String, nullable=False, default="normal")
    created_at = Column(DateTime, nullable=False, default=utc_now, server_default=NOW)
    updated_at = Column(DateTime, nullable=False, default=utc_now, onupdate=utc_now, server_default=NOW)


class Comment(Base):
    __tablename__ = "comments"

    id = Column(Integer, primary_key=True)
    ticket_id = Column(Integer, ForeignKey("tickets.id"), nullable=False)
    author_id = Column(Integer, ForeignKey("agents.id"), nullable=False)
    body = Column(Text, nullable=False)
    is_internal = Column(Boolean, nullable=False, default=False)
    created_at = Column(DateTime, nullable=False, default=utc_now, server_default=NOW)


class Macro(Base):
    __tablename__ = "macros"

    id = Column(Integer, primary_key=True)
    name = Column(String, nullable=False)
    description = Column(Text, nullable=False, default="")
    reply_body = Column(Text, nullable=False)
    sets_status = Column(String, nullable=False)
    sets_priority = Column(String, nullable=False)


Base.metadata.create_all(engine)

# ---------------------------------------------------------------------------
# Pydantic models
# ---------------------------------------------------------------------------

TicketStatus = Literal["open", "pending", "solved", "closed"]
TicketPriority = Literal["low", "normal", "high", "urgent"]


class Record(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class QueueOut(Record):
    id: int = Field(..., description="Queue ID")
    name: str = Field(..., description="Queue name")
    description: str = Field(..., description="What the queue is for")


class AgentOut(Record):
    id: int = Field(..., description="Agent ID")
    full_name: str = Field(..., description="Full name")
    email: str = Field(..., description="E-mail address")
    queue_id: int = Field(..., description="ID of the queue the agent works in")


class CustomerOut(Record):
    id: int = Field(..., description="Customer ID")
    full_name: str = Field(..., description="Full name")
    email: str = Field(..., description="E-mail address")
    company: str = Field(..., description="Company")


class TicketOut(Record):
    id: int = Field(..., description="Ticket ID")
    customer_id: int = Field(..., description="Customer ID")
    queue_id: int = Field(..., description="Queue ID")
    assignee_id: Optional[int] = Field(None, description="ID of the agent who works on the ticket")
    subject: str = Field(..., description="Subject")
    status: TicketStatus = Field(..., description="Ticket status")
    priority: TicketPriority = Field(..., description="Ticket priority")
    created_at: datetime = Field(..., description="When the ticket was opened")


class TicketPage(BaseModel):
    tickets: List[TicketOut] = Field(..., description="Tickets of this page, oldest first")
    offset: int = Field(..., description="Offset of this page")
    has_more: bool = Field(..., description="Whether there are more tickets after this page")


class CommentOut(Record):
    id: int = Field(..., description="Comment ID")
    ticket_id: int = Field(..., description="Ticket ID")
    author_id: int = Field(..., description="Agent ID of the author")
    body: str = Field(..., description="Text")
    is_internal: bool = Field(..., description="Whether customers cannot see the comment")


class TicketDetail(TicketOut):
    comments: List[CommentOut] = Field(..., description="Comments, oldest first")


class TicketCreate(BaseModel):
    customer_id: int = Field(..., description="Customer ID")
    queue_id: int = Field(..., description="Queue ID")
    subject: str = Field(..., description="Subject")
    priority: TicketPriority = Field("normal", description="Priority: low, normal, high or urgent")


class TicketUpdate(BaseModel):
    status: Optional[TicketStatus] = Field(None, description="New status: open, pending, solved or closed")
    priority: Optional[TicketPriority] = Field(None, description="New priority: low, normal, high or urgent")
    queue_id: Optional[int] = Field(None, description="ID of the queue to move the ticket to")


class TicketAssign(BaseModel):
    agent_id: int = Field(..., description="Agent ID")


class CommentCreate(BaseModel):
    body: str = Field(..., description="Text")
    is_internal: bool = Field(..., description="True for a note among agents, false for a reply the customer sees")


class MacroOut(Record):
    id: int = Field(..., description="Macro ID")
    name: str = Field(..., description="Macro name")
    description: str = Field(..., description="What the macro is for")


class MacroApply(BaseModel):
    macro_id: int = Field(..., description="Macro ID")


class TicketMerge(BaseModel):
    into_ticket_id: int = Field(..., description="ID of the ticket that takes over the comments")


app = FastAPI(title="Tallow Mill support desk", description="Help desk of a web shop", version="1.0.0")

# ---------------------------------------------------------------------------
# People and queues
# ---------------------------------------------------------------------------


@app.get(
    "/queues",
    summary="List queues",
    description="List the queues that tickets wait in.",
    tags=["queues"],
    operation_id="list_queues",
    response_model=List[QueueOut],
)
async def list_queues(limit: int = Query(20, ge=1, le=100, description="Maximum number of queues")):
    session = SessionLocal()
    result = [QueueOut.model_validate(row) for row in session.query(Queue).order_by(Queue.id).limit(limit)]
    session.close()
    return result


@app.get(
    "/agents",
    summary="List agents",
    description="List support agents, optionally of one queue.",
    tags=["agents"],
    operation_id="list_agents",
    response_model=List[AgentOut],
)
async def list_agents(
    queue_id: Optional[int] = Query(None, description="Only agents of this queue"),
    limit: int = Query(20, ge=1, le=100, description="Maximum number of agents"),
):
    session = SessionLocal()
    query = session.query(Agent)
    if queue_id is not None:
        query = query.filter(Agent.queue_id == queue_id)
    result = [AgentOut.model_validate(row) for row in query.order_by(Agent.id).limit(limit)]
    session.close()
    return result


@app.get(
    "/customers",
    summary="Search customers",
    description="Search customers by a part of their name or company.",
    tags=["customers"],
    operation_id="search_customers",
    response_model=List[CustomerOut],
)
async def search_customers(
    text_contains: str = Query(..., description="Part of the name or company, any case"),
    limit: int = Query(20, ge=1, le=100, description="Maximum number of customers"),
):
    session = SessionLocal()
    pattern = f"%{text_contains}%"
    query = session.query(Customer).filter(Customer.full_name.ilike(pattern) | Customer.company.ilike(pattern))
    result = [CustomerOut.model_validate(row) for row in query.order_by(Customer.id).limit(limit)]
    session.close()
    return result


# ---------------------------------------------------------------------------
# Tickets
# ---------------------------------------------------------------------------


@app.get(
    "/tickets",
    summary="List tickets",
    description="List tickets, at most 5 on a page; ask again with a larger offset for more.",
    tags=["tickets"],
    operation_id="list_tickets",
    response_model=TicketPage,
)
async def list_tickets(
    customer_id: Optional[int] = Query(None, description="Only tickets of this customer"),
    queue_id: Optional[int] = Query(None, description="Only tickets of this queue"),
    status: Optional[TicketStatus] = Query(None, description="Only tickets with this status"),
    limit: int = Query(5, ge=1, le=5, description="Number of tickets on a page (1 to 5)"),
    offset: int = Query(0, ge=0, description="Number of tickets to skip"),
):
    session = SessionLocal()
    query = session.query(Ticket)
    if customer_id is not None:
        query = query.filter(Ticket.customer_id == customer_id)
    if queue_id is not None:
        query = query.filter(Ticket.queue_id == queue_id)
    if status is not None:
        query = query.filter(Ticket.status == status)
    rows = query.order_by(Ticket.id).offset(offset).limit(limit + 1).all()
    result = TicketPage(
        tickets=[TicketOut.model_validate(row) for row in rows[:limit]], offset=offset, has_more=len(rows) > limit
    )
    session.close()
    return result


@app.get(
    "/tickets/{ticket_id}",
    summary="Get ticket",
    description="Get one ticket with its comments.",
    tags=["tickets"],
    operation_id="get_ticket",
    response_model=TicketDetail,
)
async def get_ticket(ticket_id: int = Path(..., description="Ticket ID")):
    session = SessionLocal()
    ticket = session.query(Ticket).filter(Ticket.id == ticket_id).one()
    comments = session.query(Comment).filter(Comment.ticket_id == ticket.id).order_by(Comment.id)
    result = TicketDetail(
        **TicketOut.model_validate(ticket).model_dump(),
        comments=[CommentOut.model_validate(row) for row in comments],
    )
    session.close()
    return result


@app.post(
    "/tickets",
    summary="Create ticket",
    description="Open a new ticket for a customer; nobody is assigned to it yet.",
    tags=["tickets"],
    operation_id="create_ticket",
    response_model=TicketOut,
)
async def create_ticket(payload: TicketCreate):
    session = SessionLocal()
    customer = session.query(Customer).filter(Customer.id == payload.customer_id).one()
    queue = session.query(Queue).filter(Queue.id == payload.queue_id).one()
    ticket = Ticket(
        customer_id=customer.id, queue_id=queue.id, subject=payload.subject, status="open", priority=payload.priority
    )
    session.add(ticket)
    session.commit()
    session.refresh(ticket)
    result = TicketOut.model_validate(ticket)
    session.close()
    return result


@app.patch(
    "/tickets/{ticket_id}",
    summary="Update ticket",
    description="Change status, priority or queue of a ticket.",
    tags=["tickets"],
    operation_id="update_ticket",
    response_model=TicketOut,
)
async def update_ticket(payload: TicketUpdate, ticket_id: int = Path(..., description="Ticket ID")):
    session = SessionLocal()
    ticket = session.query(Ticket).filter(Ticket.id == ticket_id).one()
    changes = payload.model_dump(exclude_none=True)
    if "queue_id" in changes:
        session.query(Queue).filter(Queue.id == changes["queue_id"]).one()
    for field, value in changes.items():
        setattr(ticket, field, value)
    session.commit()
    session.refresh(ticket)
    result = TicketOut.model_validate(ticket)
    session.close()
    return result


@app.put(
    "/tickets/{ticket_id}/assignee",
    summary="Assign ticket",
    description="Assign a ticket to an agent.",
    tags=["tickets"],
    operation_id="assign_ticket",
    response_model=TicketOut,
)
async def assign_ticket(payload: TicketAssign, ticket_id: int = Path(..., description="Ticket ID")):
    session = SessionLocal()
    ticket = session.query(Ticket).filter(Ticket.id == ticket_id).one()
    agent = session.query(Agent).filter(Agent.id == payload.agent_id).one()
    ticket.assignee_id = agent.id
    session.commit()
    session.refresh(ticket)
    result = TicketOut.model_validate(ticket)
    session.close()
    return result


@app.post(
    "/tickets/{ticket_id}/merge",
    summary="Merge ticket",
    description="Move the comments of a ticket to another ticket and close the first one.",
    tags=["tickets"],
    operation_id="merge_ticket",
    response_model=TicketOut,
)
async def merge_ticket(payload: TicketMerge, ticket_id: int = Path(..., description="ID of the ticket to close")):
    session = SessionLocal()
    ticket = session.query(Ticket).filter(Ticket.id == ticket_id).one()
    target = session.query(Ticket).filter(Ticket.id == payload.into_ticket_id).one()
    for comment in session.query(Comment).filter(Comment.ticket_id == ticket.id).all():
        comment.ticket_id = target.id
    ticket.status = "closed"
    session.commit()
    session.refresh(target)
    result = TicketOut.model_validate(target)
    session.close()
    return result


# ---------------------------------------------------------------------------
# Comments and macros
# ---------------------------------------------------------------------------


@app.post(
    "/tickets/{ticket_id}/comments",
    summary="Add comment",
    description="Add an internal note or a reply that the customer sees to a ticket.",
    tags=["comments"],
    operation_id="add_comment",
    response_model=CommentOut,
)
async def add_comment(payload: CommentCreate, ticket_id: int = Path(..., description="Ticket ID")):
    session = SessionLocal()
    ticket = session.query(Ticket).filter(Ticket.id == ticket_id).one()
    comment = Comment(
        ticket_id=ticket.id, author_id=CURRENT_AGENT_ID, body=payload.body, is_internal=payload.is_internal
    )
    session.add(comment)
    session.commit()
    session.refresh(comment)
    result = CommentOut.model_validate(comment)
    session.close()
    return result


@app.get(
    "/macros",
    summary="List macros",
    description="List the macros that answer common requests.",
    tags=["macros"],
    operation_id="list_macros",
    response_model=List[MacroOut],
)
async def list_macros(limit: int = Query(20, ge=1, le=100, description="Maximum number of macros")):
    session = SessionLocal()
    result = [MacroOut.model_validate(row) for row in session.query(Macro).order_by(Macro.id).limit(limit)]
    session.close()
    return result


@app.post(
    "/tickets/{ticket_id}/macro",
    summary="Apply macro",
    description="Answer and update a ticket with a macro in one call.",
    tags=["macros"],
    operation_id="apply_macro",
    response_model=TicketOut,
)
async def apply_macro(payload: MacroApply, ticket_id: int = Path(..., description="Ticket ID")):
    session = SessionLocal()
    ticket = session.query(Ticket).filter(Ticket.id == ticket_id).one()
    macro = session.query(Macro).filter(Macro.id == payload.macro_id).one()
    session.add(Comment(ticket_id=ticket.id, author_id=CURRENT_AGENT_ID, body=macro.reply_body, is_internal=False))
    ticket.status = macro.sets_status
    ticket.priority = macro.sets_priority
    session.commit()
    session.refresh(ticket)
    result = TicketOut.model_validate(ticket)
    session.close()
    return result


if __name__ == "__main__":
    host = os.getenv("HOST", "127.0.0.1")
    port = int(os.getenv("PORT", "8000"))
    uvicorn.run(app, host=host, port=port)
