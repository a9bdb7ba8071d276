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
use super::open::{Found, Opened};
use super::slot::{Lent, Phase, Slot, Snapshot};
use crate::cookie::read::{Offer, offer};
use crate::error::{Error, ErrorKind};
use crate::session::Session;

/// Returns when the session has been read, or at once inside the hooks of that very reading.
pub(super) async fn ensure<T: Session>(
    manager: &SessionManager<T>,
    live: Option<&HeaderMap>,
) -> Result<(), Error> {
    let slot = &*manager.slot;
    if let Some(headers) = live.or_else(|| manager.context.headers())
        && at_once(slot, headers, |place| Ok(place.into_current()))?
    {
        return Ok(());
    }
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
#[derive(Clone)]
enum Outcome<C> {
    Absent,
    Rejected(Error),
    Expired(C),
    Valid(C),
}

impl<C> Outcome<C> {
    /// Valid over Expired over Rejected over Absent.
    fn rank(&self) -> u8 {
        match self {
            Self::Absent => 0,
            Self::Rejected(_) => 1,
            Self::Expired(_) => 2,
            Self::Valid(_) => 3,
        }
    }

    fn better(self, other: Self) -> Self {
        if other.rank() > self.rank() { other } else { self }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Rejected(error) => error.code(),
            Self::Expired(_) => "expired",
            Self::Valid(_) => "valid",
        }
    }
}

/// A session and where it was found.
struct Place<'o, T> {
    found: Found<T>,
    token: &'o str,
    source: Source,
}

impl<T: Session> Place<'_, T> {
    fn into_current(self) -> Current<T> {
        self.found.into_current(self.token, self.source)
    }
}

const INCOMPLETE: Error = Error::new(ErrorKind::ChunksIncomplete, "");

/// The reading of a session without hooks whose token no worker has to open: under one lock and without a chain, since
/// nothing in it waits for anybody. False if this is not such a reading.
///
/// `lend` may take the data of a valid session out.
fn at_once<T: Session>(
    slot: &Slot<T>,
    headers: &HeaderMap,
    lend: impl FnOnce(Place<'_, T>) -> Result<Current<T>, Lent>,
) -> Result<bool, Error> {
    if T::HOOKS.any() {
        return Ok(false);
    }
    let mut cell = slot.lock();
    if cell.phase != Phase::Unread {
        return Ok(false);
    }
    let offer = offer(headers, slot.tokens.spec());
    let mut outcome = Outcome::Absent;
    for candidate in offer.candidates() {
        let other = match &candidate.token {
            None => Outcome::Rejected(INCOMPLETE),
            Some(token) => {
                let place = |found| Place { found, token, source: candidate.source.into() };
                match slot.tokens.open_now(token) {
                    None => return Ok(false),
                    Some(Opened::Valid(found)) => Outcome::Valid(place(found)),
                    Some(Opened::Expired(found)) => Outcome::Expired(place(found)),
                    Some(Opened::Rejected(error)) => Outcome::Rejected(error),
                }
            }
        };
        outcome = outcome.better(other);
        if matches!(outcome, Outcome::Valid(_)) {
            break;
        }
    }
    tracing::debug!(session = T::SPEC.type_name, outcome = outcome.name(), "session read");
    let outcome = match outcome {
        Outcome::Absent => Outcome::Absent,
        Outcome::Rejected(error) => Outcome::Rejected(error),
        Outcome::Expired(place) => Outcome::Expired(place.into_current()),
        Outcome::Valid(place) => match lend(place) {
            Ok(current) => Outcome::Valid(current),
            Err(lent) => {
                cell.lent = Some(lent);
                cell.now.status = Status::Valid;
                cell.held_chunks = offer.chunks;
                cell.phase = Phase::Done;
                return Ok(true);
            }
        },
    };
    cell.held_chunks = offer.chunks;
    cell.now = snapshot(slot, &cell.held_chunks, outcome)?;
    cell.phase = Phase::Done;
    Ok(true)
}

/// What a reading that waits for nobody has to give.
#[cfg(feature = "axum")]
pub(crate) enum Taken<T> {
    Data(T),
    /// There is no session.
    Nothing(Status),
    /// Only the manager can tell: the session has hooks, was asked for before, or a worker has to open it.
    Unknown,
}

/// Reads the session and takes its data out, if that needs no waiting.
#[cfg(feature = "axum")]
pub(super) fn take_data<T: Session>(slot: &Slot<T>, headers: &HeaderMap) -> Result<Taken<T>, Error> {
    let mut data = None;
    let done = at_once(slot, headers, |place| {
        let Found { facts, data: found, payload } = place.found;
        data = Some(found);
        Err(Lent { facts, payload, token: super::current::Token::new(place.token), source: place.source })
    })?;
    Ok(match data {
        Some(data) => Taken::Data(data),
        None if done => Taken::Nothing(slot.status()),
        None => Taken::Unknown,
    })
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

/// What the outcome makes of the session.
fn snapshot<T: Session>(
    slot: &Slot<T>,
    held_chunks: &[usize],
    outcome: Outcome<Current<T>>,
) -> Result<Snapshot<T>, Error> {
    let mut cookies = Vec::new();
    let (status, current) = match outcome {
        Outcome::Absent => (Status::Absent, None),
        Outcome::Rejected(_) => (Status::Rejected, None),
        Outcome::Valid(current) => (Status::Valid, Some(current)),
        Outcome::Expired(expired) => {
            // With `renew` the hook decides: a tab that loses a race must not remove the winner's cookie. A service that
            // only reads leaves the cookie to the one that writes it.
            if !T::HOOKS.renew && !slot.tokens.spec().read_only && expired.source == Source::Cookie {
                cookies = slot.tokens.removal(held_chunks)?;
            }
            (Status::Expired, None)
        }
    };
    Ok(Snapshot { status, current, cookies })
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
