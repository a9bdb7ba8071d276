//! Reading a request's session: once, whoever asks and however many ask at the same time.

mod at_once;
mod outcome;

use std::mem;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};

use http::HeaderMap;

use super::chains::ChainId;
use super::context::Context;
use super::current::{Current, Status};
use super::events::{Expire, Failure, Read, Renew};
use super::hook_error::HookError;
use super::manager::{Scope, SessionManager};
use super::open::Opened;
use super::slot::{Phase, Slot, Snapshot};
use crate::cookie::read::Offer;
use crate::error::{Error, ErrorKind};
use crate::session::Session;

pub(crate) use at_once::ensure_now;
#[cfg(feature = "axum")]
pub(crate) use at_once::{Taken, take_data};
use outcome::{Outcome, snapshot};

/// Returns when the session has been read, or at once inside the hooks of that very reading.
pub(super) async fn ensure<T: Session>(
    manager: &SessionManager<T>,
    live: Option<&HeaderMap>,
) -> Result<(), Error> {
    if let Some(headers) = live.or_else(|| manager.context.headers())
        && ensure_now(&manager.slot, headers)?
    {
        return Ok(());
    }
    wait(manager, live).await
}

/// The same, after [`ensure_now`] said that this takes time.
pub(super) async fn wait<T: Session>(
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

const INCOMPLETE: Error = Error::new(ErrorKind::ChunksIncomplete, "");

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
    let mut offer = inside.slot.tokens.offer(headers);
    inside.slot.lock().held_chunks = mem::take(&mut offer.chunks);
    let outcome = choose(inside, &offer).await?;
    outcome.log::<T>();

    if apply(inside, outcome.clone(), version)? {
        run_hooks(inside, &outcome).await
    } else {
        // A hook of another session wrote this one in the meantime: that is the session now.
        Ok(())
    }
}

async fn choose<T: Session>(
    inside: &SessionManager<T>,
    offer: &Offer<'_>,
) -> Result<Outcome<Current<T>>, Error> {
    let tokens = &inside.slot.tokens;
    let mut best = Outcome::Absent;
    for candidate in offer.candidates() {
        let outcome = match &candidate.token {
            None => Outcome::Rejected(INCOMPLETE),
            Some(token) => {
                let opened = if T::HOOKS.key_lookup {
                    tokens.open_looked_up(token, Scope::new(inside)?).await?
                } else {
                    tokens.open(token).await?
                };
                match opened {
                    Opened::Valid(found) => {
                        return Ok(Outcome::Valid(found.into_current(token, candidate.source.into())));
                    }
                    Opened::Expired(found) => {
                        Outcome::Expired(found.into_current(token, candidate.source.into()))
                    }
                    Opened::Rejected(error) => Outcome::Rejected(error),
                }
            }
        };
        best = best.better(outcome);
    }
    Ok(best)
}

/// Makes the outcome the session, unless it was written since the reading began.
fn apply<T: Session>(
    inside: &SessionManager<T>,
    outcome: Outcome<Current<T>>,
    version: u64,
) -> Result<bool, Error> {
    let mut cell = inside.slot.lock();
    if cell.version != version {
        return Ok(false);
    }
    cell.now = snapshot(&inside.slot, &cell.held_chunks, outcome)?;
    Ok(true)
}

async fn run_hooks<T: Session>(
    inside: &SessionManager<T>,
    outcome: &Outcome<Current<T>>,
) -> Result<(), Error> {
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
            T::__call_hook_on_read(event).await.map_err(failed("on_read"))?;
            if refused.load(Ordering::SeqCst) {
                tracing::debug!(session = T::SPEC.type_name, "refused by `on_read`");
                reject(&inside.slot);
            }
        }
        Outcome::Expired(expired) if T::HOOKS.on_expire => {
            T::__call_hook_on_expire(Expire::new(Scope::new(inside)?, expired))
                .await
                .map_err(failed("on_expire"))?;
        }
        Outcome::Rejected(error) if T::HOOKS.on_error => {
            T::__call_hook_on_error(Failure::new(Scope::new(inside)?, error, false))
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
        T::__call_hook_renew(Renew::new(Scope::new(inside)?, expired)).await.map_err(failed("renew"))?;
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
