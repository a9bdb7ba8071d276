//! Reading a request's session, once per request, even if it is requested concurrently.

#[cfg(feature = "axum-core")]
pub(crate) mod fast_path;
mod latest;
mod outcome;
pub(super) mod peek;
mod search;

use std::pin::pin;
use std::sync::Arc;

use http::HeaderMap;
use tracing::Instrument as _;

use super::context::Context;
use super::hooks::events::{Approval, Expire, Failure, Read, Renew, Verdict};
use super::hooks::{Session, lookup, report};
use super::login;
use super::manager::{Scope, SessionManager};
use super::origin::NodeId;
use super::renewal;
use super::slot::Slot;
use super::state::{Ask, Base};
use crate::cookie::read::TokenText;
use crate::error::{Error, ErrorKind};
use crate::session::current::{Current, Source};
use crate::session::tokens::open::Opened;

pub(super) use outcome::REFUSED;
use outcome::{Located, Outcome};
use search::{Search, Step};

/// Returns once the session has been read, or at once inside the hooks of that reading.
pub(super) async fn ensure<T: Session>(
    manager: &SessionManager<T>,
    live: Option<&HeaderMap>,
) -> Result<(), Error> {
    let is_read = match live.or_else(|| manager.context.headers()) {
        Some(headers) => ensure_now(manager, headers)?,
        None => manager.slot.lock().ask(&manager.origin) == Ask::Look,
    };
    if is_read {
        return Ok(());
    }
    // Boxed, since this future is large but rarely needed, and would otherwise enlarge that of every write.
    Box::pin(wait(manager, live)).await
}

/// Returns whether the session has been read. If the session has no hooks and its token needs no worker
/// thread, it is read here, under one lock, since nothing in that reading waits.
pub(super) fn ensure_now<T: Session>(
    manager: &SessionManager<T>,
    headers: &HeaderMap,
) -> Result<bool, Error> {
    let slot = &*manager.slot;
    let mut state = slot.lock();
    match state.ask(&manager.origin) {
        Ask::Look => return Ok(true),
        Ask::Read if !T::HOOKS.any() => {}
        Ask::Read | Ask::Wait | Ask::Pass => return Ok(false),
    }
    let mut search: Search<'_, Located<'_, T>> = search(manager, headers);
    if latest::is_ambiguous::<T, _>(&search) {
        return Ok(false);
    }
    let held_chunks = search.take_chunks();
    let outcome = match search.advance(|token| slot.tokens.open_now(token)) {
        Step::Approve(located) => Outcome::Valid(located),
        Step::End(outcome) => outcome.map_err(outcome::failed::<T>)?,
        Step::Open(..) => return Ok(false),
    };
    if T::SPEC.login.is_some() && !matches!(outcome, Outcome::Valid(_)) {
        // Its login may make one.
        return Ok(false);
    }
    outcome.log::<T>();
    let base = base_of(slot, &outcome.map(Current::from), &held_chunks, &search)?;
    state.hold_chunks(held_chunks);
    state.end_reading(base);
    Ok(true)
}

fn search<'h, T: Session, C>(manager: &'h SessionManager<T>, headers: &'h HeaderMap) -> Search<'h, C> {
    let slot = &*manager.slot;
    match &slot.given {
        Some(token) => Search::of_token(token),
        None => {
            let offer = slot.tokens.offer(headers, T::HOOKS.key_lookup);
            Search::new(&slot.tokens, offer, || manager.context.origin())
        }
    }
}

/// Does the same as [`ensure`], after [`ensure_now`] returned `false`.
pub(super) async fn wait<T: Session>(
    manager: &SessionManager<T>,
    live: Option<&HeaderMap>,
) -> Result<(), Error> {
    let (slot, context) = (&*manager.slot, &manager.context);
    let is_handler = manager.origin.is_handler();
    // The number of blind readings before this task waited.
    let mut waited = None;
    loop {
        let mut changed = pin!(slot.changed.notified());
        let _waiting;
        let next = {
            let mut state = slot.lock();
            match state.ask(&manager.origin) {
                Ask::Look => return Ok(()),
                Ask::Pass => {
                    context.waits().miss(&manager.origin, slot.id, state.missed());
                    return Ok(());
                }
                // The reading that this hook waited for was blind, perhaps because of this hook's own
                // reading. A handler may be reading the session again by now, and waiting for this hook.
                Ask::Read | Ask::Wait
                    if !is_handler
                        && !state.is_fresh()
                        && waited.is_some_and(|before| before != state.blind_readings()) =>
                {
                    context.waits().miss(&manager.origin, slot.id, state.missed());
                    return Ok(());
                }
                // No reading waits for a handler, so it can wait for the readings that the hooks missed.
                // Reading earlier would be blind again.
                Ask::Read if is_handler && context.waits().is_any_under_way(state.missed()) => {
                    Next::WaitForMissed(state.missed().to_vec())
                }
                Ask::Read => {
                    let node = context.next_node();
                    context.waits().begin(slot.id, node);
                    state.begin_reading(node);
                    Next::Read(node)
                }
                Ask::Wait => {
                    // Enabled under the lock, so that the end of the reading cannot be missed.
                    changed.as_mut().enable();
                    waited = Some(state.blind_readings());
                    if !is_handler {
                        match context.waits().wait(&manager.origin, slot.id) {
                            Some(waiting) => _waiting = waiting,
                            // Waiting would deadlock, so this caller sees no session.
                            None => return Ok(()),
                        }
                    }
                    Next::Wait
                }
            }
        };
        match next {
            Next::Read(node) => {
                let reading = Reading { context, slot, node, for_handler: is_handler, base: None };
                read(manager, reading, live).await?;
                if !is_handler {
                    return Ok(());
                }
            }
            Next::Wait => changed.await,
            Next::WaitForMissed(readings) => context.waits().over(&readings).await,
        }
    }
}

/// The next step of a task that requests a session.
enum Next {
    Read(NodeId),
    Wait,
    WaitForMissed(Vec<NodeId>),
}

async fn read<T: Session>(
    manager: &SessionManager<T>,
    mut reading: Reading<'_, T>,
    live: Option<&HeaderMap>,
) -> Result<(), Error> {
    if let Some(live) = live
        && (T::HOOKS.any() || T::SPEC.login.is_some())
    {
        manager.context.keep_headers(live);
    }
    let Some(headers) = live.or_else(|| manager.context.headers()) else {
        return Err(Error::new(ErrorKind::NotInstalled, "the request's headers are gone"));
    };
    let inside = manager.inside(reading.node);
    let span = outcome::span::<T>();
    let read = run(&inside, headers).instrument(span.clone()).await;
    outcome::ended::<T>(&span, read.as_ref().map_or_else(Error::code, |(_, outcome)| outcome));
    reading.base = Some(read?.0);
    Ok(())
}

/// Reads the session, hooks included, and returns it with the name of the outcome.
async fn run<T: Session>(
    inside: &SessionManager<T>,
    headers: &HeaderMap,
) -> Result<(Base<T>, &'static str), Error> {
    let slot = &*inside.slot;
    let mut search: Search<'_, Current<T>> = search(inside, headers);
    let held_chunks = search.take_chunks();
    slot.lock().hold_chunks(held_chunks.clone());
    if latest::is_ambiguous::<T, _>(&search) {
        latest::keep(inside, &mut search).await?;
    }
    let open = |token: &TokenText<'_>| if T::HOOKS.key_lookup { None } else { slot.tokens.open_now(token) };
    // The outage of one issuer does not hide the token of another one.
    let mut outage = None;
    let outcome = loop {
        let located = match search.advance(open) {
            Step::End(outcome) => break outage.map_or(outcome, Err)?,
            Step::Approve(located) => Some(located),
            Step::Open(token, source) => {
                // Boxed, so that only slow tokens pay for its future.
                let opened = Box::pin(async {
                    if T::HOOKS.key_lookup {
                        lookup::open(inside, &token).await
                    } else {
                        slot.tokens.open_own(&token).await
                    }
                });
                let opened = match opened.await {
                    Err(error) if T::SPEC.elsewhere.is_some() && is_outage(&error) => {
                        outage.get_or_insert(error);
                        continue;
                    }
                    opened => opened?,
                };
                match opened {
                    Opened::Reused(found) => {
                        renewal::tell_reuse(inside, &found.into_current(&token, source)).await?;
                        search.reused();
                        None
                    }
                    opened => search.judge(opened, token, source),
                }
            }
        };
        let Some(located) = located else { continue };
        let current = Current::from(located);
        match approve(inside, &current).await? {
            Verdict::Approved => break Outcome::Valid(current),
            Verdict::Expired => search.expired(current),
            Verdict::Refused => search.refused(false),
            // The client keeps what a newer program knows more of.
            Verdict::Forgotten => search.refused(!current.is_newer()),
        }
        if slot.lock().is_cleared() {
            // The hook has ended the session, so other candidates of the request no longer matter.
            break Outcome::Refused(REFUSED);
        }
    };
    outcome.say::<T>();
    let base = || base_of(slot, &outcome, &held_chunks, &search);
    let is_told = T::HOOKS.on_expire || T::HOOKS.on_error || T::HOOKS.renew || T::SPEC.login.is_some();
    if is_told && !matches!(outcome, Outcome::Valid(_)) {
        // Boxed, so that only failed readings pay for its future.
        Box::pin(tell(inside, &outcome, &base)).await?;
    }
    Ok((base()?, outcome.name()))
}

/// Returns whether the token could not be judged now.
fn is_outage(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Overloaded)
}

/// Runs `on_read` for a genuine session and returns its verdict.
async fn approve<T: Session>(inside: &SessionManager<T>, current: &Current<T>) -> Result<Verdict, Error> {
    if !T::HOOKS.on_read {
        return Ok(Verdict::Approved);
    }
    let node = inside.context.next_node();
    let hook = inside.inside(node);
    inside.slot.lock().begin_hook(node, Base::valid(current.clone()));
    let approval = Approval::default();
    let event = Read::new(Scope::new(&hook)?, current, &approval);
    T::__call_hook_on_read(event).await.map_err(|error| report::<T>("on_read", error))?;
    let verdict = approval.verdict();
    match verdict {
        Verdict::Approved => inside.slot.lock().end_hook(),
        Verdict::Expired | Verdict::Refused | Verdict::Forgotten => inside.slot.lock().void_hook(node),
    }
    Ok(verdict)
}

/// Runs the other hooks for the outcome; their writes become the session.
async fn tell<T: Session>(
    inside: &SessionManager<T>,
    outcome: &Outcome<Current<T>>,
    base: &(impl Fn() -> Result<Base<T>, Error> + Sync),
) -> Result<(), Error> {
    // A hook of the session's own decides, if there is one. A token that came another way is alone.
    let renews = T::SPEC.login.is_some() && !T::HOOKS.renew && inside.slot.given.is_none();
    let (expired, rejected) = match outcome {
        // A token of a login that was replaced does not hide the new one.
        Outcome::Refused(error) if renews && is_over(error) => (None, None),
        Outcome::Valid(_) | Outcome::Refused(_) => return Ok(()),
        Outcome::Absent => (None, None),
        Outcome::Expired(expired) => (Some(expired), None),
        Outcome::Rejected(error) | Outcome::Unreadable { reason: error, .. } => (None, Some(error)),
    };
    let node = inside.context.next_node();
    let hook = inside.inside(node);
    let base = base()?;
    inside.slot.lock().begin_hook(node, base);
    if T::HOOKS.on_expire
        && let Some(expired) = expired
    {
        let event = Expire::new(Scope::new(&hook)?, expired);
        T::__call_hook_on_expire(event).await.map_err(|error| report::<T>("on_expire", error))?;
    }
    if T::HOOKS.on_error
        && let Some(error) = rejected
    {
        let event = Failure::new(Scope::new(&hook)?, error, false);
        T::__call_hook_on_error(event).await.map_err(|error| report::<T>("on_error", error))?;
    }
    // A hook may have begun or ended a session by now.
    if T::HOOKS.renew && inside.slot.lock().is_unwritten() {
        let event = Renew::new(Scope::new(&hook)?, expired, rejected);
        T::__call_hook_renew(event).await.map_err(|error| report::<T>("renew", error))?;
    }
    if renews && inside.slot.lock().is_unwritten() {
        login::renew(&hook).await?;
    }
    inside.slot.lock().end_hook();
    Ok(())
}

/// Returns whether the reason is that the token's login has ended.
fn is_over(reason: &Error) -> bool {
    matches!(reason.kind(), ErrorKind::Ended | ErrorKind::Reused)
}

/// Returns the session that results from the outcome, with the cookies to remove.
fn base_of<T: Session, C>(
    slot: &Slot<T>,
    outcome: &Outcome<Current<T>>,
    held_chunks: &[usize],
    search: &Search<'_, C>,
) -> Result<Base<T>, Error> {
    let removes = match outcome {
        // A cookie that is kept has the name of the one that a hook wants removed.
        Outcome::Valid(_) | Outcome::Unreadable { .. } => false,
        _ if search.forgets() => slot.given.is_none(),
        // Its browser renews a session that is bound to a device once the cookie is gone, and until then its login renews it no
        // more. Whatever a late response removes, the browser renews as well.
        Outcome::Expired(expired) if T::SPEC.bound => {
            expired.source == Source::Cookie && !expired.is_newer() && slot.given.is_none()
        }
        Outcome::Rejected(_) if T::SPEC.bound => slot.given.is_none(),
        Outcome::Refused(error) if T::SPEC.bound => is_over(error) && slot.given.is_none(),
        // With `renew` the hook decides: a tab that loses a race must not remove the winner's cookie. A
        // read-only service leaves the cookie to the service that writes it, and a request of another site's
        // page must not remove it.
        Outcome::Expired(expired) => {
            let renews = T::HOOKS.renew || T::SPEC.login.is_some() || expired.is_newer();
            expired.source == Source::Cookie && !renews && !slot.tokens.spec().read_only
        }
        Outcome::Absent | Outcome::Refused(_) | Outcome::Rejected(_) => false,
    };
    let mut base = outcome.base();
    if removes && !search.is_cross_site() {
        base.cookies = slot.tokens.removal(held_chunks)?;
    }
    Ok(base)
}

/// A reading under way. If it is dropped before its end, the session is unread again and the writes of the
/// reading's hooks are undone.
struct Reading<'a, T: Session> {
    context: &'a Context,
    slot: &'a Slot<T>,
    node: NodeId,
    for_handler: bool,
    base: Option<Base<T>>,
}

impl<T: Session> Drop for Reading<'_, T> {
    fn drop(&mut self) {
        if self.base.is_none() {
            // Undone before the reading counts as ended, so that no response carries its writes.
            for slot in self.context.asked().slots() {
                slot.void(self.node);
            }
        }
        let mut state = self.slot.lock();
        let missed = self.context.waits().end(self.node);
        match self.base.take() {
            Some(base) if missed.is_empty() => state.end_reading(base),
            Some(base) => state.end_blind_reading(self.node, self.for_handler, base, missed),
            None => state.fail_reading(self.node),
        }
        drop(state);
        self.slot.changed.notify_waiters();
    }
}

impl<T: Session> SessionManager<T> {
    /// Returns the manager for code within a reading or a hook.
    fn inside(&self, node: NodeId) -> Self {
        let origin = self.origin.inside(node);
        // Outside the hooks of writes the two are one.
        let undone_with =
            if self.undone_with.is(&self.origin) { origin.clone() } else { self.undone_with.inside(node) };
        let (context, slot) = (self.context.clone(), Arc::clone(&self.slot));
        Self { context, slot, origin, undone_with, in_error_hook: self.in_error_hook, depth: self.depth }
    }
}
