//! Reading a request's session: once, whoever asks and however many ask at the same time.

use std::mem;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};

use http::HeaderMap;

use super::chains::ChainId;
use super::context::Context;
use super::current::{Current, Source, Status};
use super::events::{Expire, Failure, Read, Renew};
use super::hook_error::HookError;
use super::manager::{Scope, SessionManager};
use super::open::Opened;
use super::slot::{Phase, Slot, Snapshot};
use crate::cookie::read::{Offer, offer};
use crate::error::{Error, ErrorKind};
use crate::session::Session;
use crate::session::spec::TokenSource;

/// Returns when the session has been read, or at once inside the hooks of that very reading.
pub(super) async fn ensure<T: Session>(
    manager: &SessionManager<T>,
    live: Option<&HeaderMap>,
) -> Result<(), Error> {
    let slot = &*manager.slot;
    loop {
        let mut changed = pin!(slot.changed.notified());
        let _waiting;
        let chain = {
            let mut cell = slot.lock();
            match cell.phase {
                Phase::Done => return cell.failure.clone().map_or(Ok(()), Err),
                Phase::Unread => {
                    let chain = manager.context.chains().begin(slot.id, manager.chain);
                    cell.phase = Phase::Reading(chain);
                    Some(chain)
                }
                Phase::Reading(_) => {
                    // Under the lock: the end of the reading cannot slip in between.
                    changed.as_mut().enable();
                    if let Some(chain) = manager.chain {
                        match manager.context.chains().wait(chain, slot.id) {
                            Some(waiting) => _waiting = waiting,
                            None => return Ok(()),
                        }
                    }
                    None
                }
            }
        };
        match chain {
            Some(chain) => return read(manager, chain, live).await,
            None => changed.await,
        }
    }
}

/// What the request brought.
enum Outcome<T: Session> {
    Absent,
    Rejected(Error),
    Expired(Current<T>),
    Valid(Current<T>),
}

impl<T: Session> Outcome<T> {
    /// Valid over Expired over Rejected over Absent.
    fn rank(&self) -> u8 {
        match self {
            Self::Absent => 0,
            Self::Rejected(_) => 1,
            Self::Expired(_) => 2,
            Self::Valid(_) => 3,
        }
    }
}

async fn read<T: Session>(
    manager: &SessionManager<T>,
    chain: ChainId,
    live: Option<&HeaderMap>,
) -> Result<(), Error> {
    let reading =
        Reading { context: &manager.context, slot: &manager.slot, version: manager.slot.lock().version };
    if T::HOOKS.any()
        && let Some(live) = live
    {
        manager.context.keep_headers(live);
    }
    let Some(headers) = live.or_else(|| manager.context.headers()) else {
        return Err(Error::new(ErrorKind::NotInstalled, "the request's headers are gone"));
    };
    let inside = SessionManager { chain: Some(chain), ..manager.clone() };
    let result = run(&inside, headers, reading.version).await;
    reading.finish(result)
}

/// The reading itself, hooks included.
async fn run<T: Session>(inside: &SessionManager<T>, headers: &HeaderMap, version: u64) -> Result<(), Error> {
    let mut offer = offer(headers, inside.slot.tokens.spec());
    inside.slot.lock().held_chunks = mem::take(&mut offer.chunks);
    let outcome = choose(inside, &offer).await?;
    tracing::debug!(session = T::SPEC.type_name, outcome = outcome.name(), "session read");

    if apply(inside, &outcome, version)? {
        run_hooks(inside, &outcome).await
    } else {
        // A hook of another session wrote this one in the meantime: that is the session now.
        Ok(())
    }
}

async fn choose<T: Session>(inside: &SessionManager<T>, offer: &Offer<'_>) -> Result<Outcome<T>, Error> {
    const INCOMPLETE: Error = Error::new(ErrorKind::ChunksIncomplete, "");
    let tokens = &inside.slot.tokens;
    let mut best = Outcome::Absent;
    for candidate in offer.candidates() {
        let source = match candidate.source {
            TokenSource::Cookie => Source::Cookie,
            TokenSource::Header => Source::Header,
        };
        let outcome = match &candidate.token {
            None => Outcome::Rejected(INCOMPLETE),
            Some(token) => {
                let opened = if T::HOOKS.key_lookup {
                    tokens.open_looked_up(token, source, Scope::new(inside)?).await?
                } else {
                    tokens.open(token, source).await?
                };
                match opened {
                    Opened::Valid(current) => return Ok(Outcome::Valid(current)),
                    Opened::Expired(current) => Outcome::Expired(current),
                    Opened::Rejected(error) => Outcome::Rejected(error),
                }
            }
        };
        if outcome.rank() > best.rank() {
            best = outcome;
        }
    }
    Ok(best)
}

/// Makes the outcome the session, unless it was written since the reading began.
fn apply<T: Session>(inside: &SessionManager<T>, outcome: &Outcome<T>, version: u64) -> Result<bool, Error> {
    let slot = &inside.slot;
    let mut cell = slot.lock();
    if cell.version != version {
        return Ok(false);
    }
    let mut cookies = Vec::new();
    let (status, current) = match outcome {
        Outcome::Absent => (Status::Absent, None),
        Outcome::Rejected(_) => (Status::Rejected, None),
        Outcome::Valid(current) => (Status::Valid, Some(current.clone())),
        Outcome::Expired(expired) => {
            // With `renew` the hook decides: a tab that loses a race must not remove the winner's cookie. A service that
            // only reads leaves the cookie to the one that writes it.
            if !T::HOOKS.renew && !slot.tokens.spec().read_only && expired.source == Source::Cookie {
                cookies = slot.tokens.removal(&cell.held_chunks)?;
            }
            (Status::Expired, None)
        }
    };
    cell.now = Snapshot { status, current, cookies };
    Ok(true)
}

async fn run_hooks<T: Session>(inside: &SessionManager<T>, outcome: &Outcome<T>) -> Result<(), Error> {
    let failed = |hook: &'static str| {
        move |error: HookError| {
            tracing::error!(session = T::SPEC.type_name, hook, %error, "a session hook failed");
            error.into_error()
        }
    };
    match outcome {
        Outcome::Valid(current) if T::HOOKS.on_read => {
            let refused = AtomicBool::new(false);
            let event = Read::new(Scope::new(inside)?, current, &refused);
            T::__on_read(event).await.map_err(failed("on_read"))?;
            if refused.load(Ordering::SeqCst) {
                tracing::debug!(session = T::SPEC.type_name, "refused by `on_read`");
                reject(&inside.slot);
            }
        }
        Outcome::Expired(expired) if T::HOOKS.on_expire => {
            T::__on_expire(Expire::new(Scope::new(inside)?, expired)).await.map_err(failed("on_expire"))?;
        }
        Outcome::Rejected(error) if T::HOOKS.on_error => {
            T::__on_error(Failure::new(Scope::new(inside)?, error, false))
                .await
                .map_err(failed("on_error"))?;
        }
        _ => {}
    }
    let expired = match outcome {
        Outcome::Expired(expired) => Some(expired),
        Outcome::Absent => None,
        Outcome::Valid(_) | Outcome::Rejected(_) => return Ok(()),
    };
    // A hook may have begun or ended a session by now.
    let still_without = matches!(inside.status(), Status::Absent | Status::Expired);
    if T::HOOKS.renew && still_without {
        T::__renew(Renew::new(Scope::new(inside)?, expired)).await.map_err(failed("renew"))?;
    }
    Ok(())
}

/// No session for this request; what a hook ended stays ended.
fn reject<T: Session>(slot: &Slot<T>) {
    let mut cell = slot.lock();
    if cell.now.status != Status::Cleared {
        cell.now = Snapshot { status: Status::Rejected, current: None, cookies: Vec::new() };
    }
}

/// A reading under way. Dropped before its end, it leaves the session unread for the next who asks.
struct Reading<'a, T: Session> {
    context: &'a Context,
    slot: &'a Slot<T>,
    version: u64,
}

impl<T: Session> Reading<'_, T> {
    fn finish(self, result: Result<(), Error>) -> Result<(), Error> {
        match &result {
            // Later, or for the next who asks, there may be room.
            Err(error) if error.kind() == ErrorKind::Overloaded => return result,
            Err(error) => {
                reject(self.slot);
                self.slot.lock().failure = Some(error.clone());
            }
            Ok(()) => {}
        }
        self.slot.lock().phase = Phase::Done;
        result
    }
}

impl<T: Session> Drop for Reading<'_, T> {
    fn drop(&mut self) {
        self.context.chains().end(self.slot.id);
        let mut cell = self.slot.lock();
        if cell.phase != Phase::Done {
            // What a hook wrote is there to stay: reading the request's token again would undo it.
            if cell.version == self.version {
                cell.now = Snapshot { status: Status::Absent, current: None, cookies: Vec::new() };
                cell.phase = Phase::Unread;
            } else {
                cell.phase = Phase::Done;
            }
        }
        drop(cell);
        self.slot.changed.notify_waiters();
    }
}

impl<T: Session> Outcome<T> {
    fn name(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Rejected(error) => error.code(),
            Self::Expired(_) => "expired",
            Self::Valid(_) => "valid",
        }
    }
}
