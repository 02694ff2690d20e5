"""Every code that a problem may carry: its status, and what it means. docs/api.md lists them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final, NamedTuple

__all__ = ("CODES", "OWN", "REJECTIONS", "Code", "status_of")


class Code(NamedTuple):
    """A kind of problem: the status of its answer, and one sentence for whoever meets it."""

    status: int
    title: str


REJECTIONS: Final[dict[str, Code]] = {
    "malformed": Code(400, "The body cannot be read."),
    "too_large": Code(413, "The request, or a part of it, is too large."),
    "unknown_type": Code(400, "There is no such command."),
    "invalid": Code(422, "A field is missing, unknown, of the wrong type or out of range."),
    "unknown_channel": Code(422, "The policy in force has no such channel."),
    "unknown_label": Code(422, "The channel has no such label."),
    "unknown_queue": Code(422, "The policy in force has no such queue."),
    "unknown_skill": Code(422, "The policy in force has no such skill."),
    "unknown_activity": Code(422, "The policy in force has no such activity."),
    "unknown_profile": Code(422, "The policy in force has no such profile."),
    "unknown_agent": Code(404, "The agent is not logged in and holds no work."),
    "unknown_interaction": Code(404, "No such interaction, or it is over and forgotten."),
    "unknown_offer": Code(404, "No such offer, or it is over and forgotten."),
    "finished": Code(409, "The interaction is over."),
    "wrong_state": Code(409, "It is in a state in which this makes no sense."),
    "version_mismatch": Code(412, "It has changed since: its version is another."),
    "not_yours": Code(409, "The offer or assignment belongs to another agent."),
    "no_capacity": Code(409, "The agent has no room for it."),
    "offer_over": Code(409, "The offer was answered, withdrawn or has expired before."),
    "policy_invalid": Code(422, "The policy document is not valid."),
    "policy_conflict": Code(409, "The policy lacks something that is in use."),
    "overflow": Code(409, "The queue does not take it, by a rule of its overflow."),
    "intake_closed": Code(503, "No new interactions are taken for now."),
    "overloaded": Code(503, "Too many commands wait: no new interactions are taken for now."),
    "quota_exceeded": Code(429, "A quota has no room for it."),
    "limit": Code(409, "Something would grow past its limit."),
}
"""What the router refuses (docs/protocol.md#rejections), and the status that says so."""

OWN: Final[dict[str, Code]] = {
    "bad_request": Code(400, "The request cannot be understood."),
    "unknown_parameter": Code(400, "The URL has a parameter that is not known here."),
    "unauthenticated": Code(401, "No valid credential came with the request."),
    "forbidden": Code(403, "The credential does not allow this."),
    "not_found": Code(404, "There is nothing here."),
    "unknown_conversation": Code(404, "No interaction of that conversation is remembered."),
    "unknown_message": Code(404, "No such message was to be sent, or it is no longer kept."),
    "unknown_customer": Code(404, "The customer is not in your hands."),
    "unknown_identity": Code(404, "The customer record has no such address or conversation."),
    "unknown_webhook": Code(404, "There is no such webhook."),
    "unknown_dead_letter": Code(404, "There is no such dead letter, or it cannot be sent again."),
    "unknown_job": Code(404, "There is no such job, or it is no longer kept."),
    "unknown_command": Code(404, "No such entry, or it is no longer kept."),
    "unknown_version": Code(404, "The history holds no such version of the policy."),
    "unknown_draft": Code(404, "There is no such draft of the policy."),
    "method_not_allowed": Code(405, "This cannot be done here."),
    "timeout": Code(408, "The request did not arrive in time."),
    "idempotency_busy": Code(409, "A request with the same Idempotency-Key is being answered."),
    "approval_required": Code(409, "Somebody else has to approve it first."),
    "draft_conflict": Code(409, "The draft and the policy in force have changed the same field."),
    "draft_outdated": Code(409, "Another policy is in force than the draft was made from."),
    "customer_conflict": Code(409, "It contradicts what the customer record has."),
    "history_trimmed": Code(410, "What would tell of it is no longer kept."),
    "uri_too_long": Code(414, "The URL is too long."),
    "unsupported_media_type": Code(415, "The body must be application/json."),
    "idempotency_mismatch": Code(422, "The Idempotency-Key came with another request before."),
    "too_much": Code(422, "The answer would take too long or be too large: ask for less."),
    "precondition_required": Code(428, "If-Match has to say which version is meant."),
    "rate_limited": Code(429, "Too many requests came with this credential."),
    "too_many_streams": Code(429, "As many streams of events are open as may be."),
    "headers_too_large": Code(431, "The header fields are too large."),
    "internal": Code(500, "A fault of OneQueue."),
    "busy": Code(503, "Too many requests are being answered."),
    "behind": Code(412, "The position that was asked for has not been reached."),
    "starting": Code(503, "The state is being read from the journal."),
    "no_router": Code(503, "No router has ever led this tenant."),
    "store_unavailable": Code(503, "Redis does not answer."),
    "record_unavailable": Code(503, "The customer record cannot be asked."),
    "undecided": Code(504, "The command is on its way and has not been decided yet."),
}
"""What the API itself refuses."""

CODES: Final = {**OWN, **REJECTIONS}


def status_of(code: str) -> int:
    """The status of a code; a code that a later router has invented is a conflict."""
    found = CODES.get(code)
    return HTTPStatus.CONFLICT if found is None else found.status
