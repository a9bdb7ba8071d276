//! The invariants of a session within one request: who sees it, what undoes a write, and what a response
//! carries.

mod support;

#[path = "invariants/approval.rs"]
mod approval;
#[path = "invariants/blind.rs"]
mod blind;
#[path = "invariants/caching.rs"]
mod caching;
#[path = "invariants/cancelled.rs"]
mod cancelled;
#[path = "invariants/candidates.rs"]
mod candidates;
#[path = "invariants/confirmed.rs"]
mod confirmed;
#[path = "weaknesses/craft.rs"]
#[allow(dead_code, reason = "one of its forgeries is used here")]
mod craft;
#[path = "invariants/dropped.rs"]
mod dropped;
#[path = "logs/heard.rs"]
mod heard;
#[path = "invariants/kit.rs"]
mod kit;
#[path = "invariants/log.rs"]
mod log;
#[path = "invariants/logouts.rs"]
mod logouts;
#[path = "invariants/nested.rs"]
mod nested;
#[path = "invariants/new_api.rs"]
mod new_api;
#[path = "invariants/outage.rs"]
mod outage;
#[path = "support/overload.rs"]
mod overload;
#[path = "invariants/refusals.rs"]
mod refusals;
#[path = "invariants/renewal.rs"]
mod renewal;
#[path = "invariants/slow_writes.rs"]
mod slow_writes;
#[path = "invariants/unconfirmed.rs"]
mod unconfirmed;
