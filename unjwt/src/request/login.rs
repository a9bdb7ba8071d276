//! Sessions that belong to the login of another one: made from it, and gone with it.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;

use super::context::Context;
#[cfg(feature = "dbsc")]
use super::device::{self, Unproven};
use super::end;
use super::hooks::Session;
use super::manager::SessionManager;
use super::read::peek::{Peeked, peek};
use super::renewal;
use super::status::Status;
use super::write::{self, Edit};
use crate::claims::Choice;
use crate::clock::NumericDate;
use crate::error::{Error, ErrorKind};
use crate::login::SignIn;
use crate::session::current::Current;
#[cfg(feature = "dbsc")]
use crate::session::device::{DeviceAnswer, DeviceRequest};
use crate::session::tokens::Tokens;
use crate::session::{NoLogin, SignInKind};
#[cfg(feature = "dbsc")]
use crate::spec::ClaimMapping;
use crate::spec::{LoginSpec, Spec};

/// The login of the session `T`: [`NoLogin`], or the session that `login = ..` names.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the login of `{T}`",
    label = "not a session with a login of its own",
    note = "`login = ..` names the session at which the user signs in: a struct with `#[derive(Session)]` whose attribute has no `login`"
)]
pub trait LoginType<T: Session>: 'static {
    #[doc(hidden)]
    type SignIn: SignInKind;
    #[doc(hidden)]
    const LOGIN: Option<Spec>;
    #[doc(hidden)]
    fn __enter(manager: &SessionManager<T>, renews: bool) -> Step<'_, Option<Entry<T>>>;
    #[doc(hidden)]
    fn __end(manager: &SessionManager<T>) -> Step<'_, ()>;
    #[cfg(feature = "dbsc")]
    #[doc(hidden)]
    fn __answer<'r>(manager: &'r SessionManager<T>, asked: &'r DeviceRequest<'r>) -> Step<'r, DeviceAnswer>;
}

/// A session that can be made from its login.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made from its login `{X}`",
    label = "the login that `{Self}` is renewed from",
    note = "write `impl From<&{X}> for {Self}`, which says what a token has of its login; or a hook, `hooks(renew = ..)`"
)]
pub trait MadeFrom<X>: Sized {
    #[doc(hidden)]
    fn made_from(login: &X) -> Self;
}

#[diagnostic::do_not_recommend]
impl<X, T: for<'x> From<&'x X>> MadeFrom<X> for T {
    fn made_from(login: &X) -> Self {
        Self::from(login)
    }
}

/// Returns the data of a session that begins within a login.
pub fn from_login<X, T: MadeFrom<X>>(login: &X) -> T {
    T::made_from(login)
}

/// Returns what a session inherits of its login. `ends` is `false` for `revocable = false`.
pub const fn login_of<T: Session>(ends: bool) -> Option<LoginSpec> {
    match <T::Login as LoginType<T>>::LOGIN {
        Some(login) => Some(login.as_login(ends)),
        None => None,
    }
}

/// Checks that a session of this lifetime fits its login. `ends` is `false` for `revocable = false`.
///
/// # Panics
///
/// Panics, when it compiles, if it does not.
#[track_caller]
pub const fn check_login<T: Session>(max_age: Option<u64>, ends: bool) {
    let Some(login) = <T::Login as LoginType<T>>::LOGIN else { return };
    if login.is_of_a_mistake() {
        return;
    }
    if let (Some(own), Some(of_login)) = (max_age, login.max_age) {
        assert!(
            own <= of_login,
            "the session's `max_age` is longer than that of its login: shorten it, or lengthen the login's"
        );
    }
    if let (Some(own), Some(rotation)) = (max_age, login.rotation()) {
        assert!(
            rotation.window <= own / 2,
            "the session's `max_age` is less than twice the `window` of its login's `rotation`, so that a thief who \
             renews in step with the user would not be found: lengthen it, or shorten the window"
        );
    }
    assert!(
        ends || login.revocable.is_some(),
        "`revocable = false` has no effect, since the session's login is not `revocable`: remove it"
    );
}

/// Checks that the login of a session with `bind` can be bound to a device.
///
/// # Panics
///
/// Panics, when it compiles, if it cannot.
#[cfg(feature = "dbsc")]
#[track_caller]
pub const fn check_bound<T: Session>() {
    let Some(login) = <T::Login as LoginType<T>>::LOGIN else { return };
    if login.is_of_a_mistake() {
        return;
    }
    assert!(
        !login.read_only,
        "the session's login is `read_only`, and a login is bound by the service that writes it: remove `read_only` \
         there, or `bind` here"
    );
    assert!(
        !login.has_member("cnf"),
        "the session's login has a field `cnf` in its tokens, the claim that names the key of the device: give the \
         field another name"
    );
    assert!(
        matches!(login.mapping, ClaimMapping::Direct),
        "the session's login has a field with `flatten`, whose members are not known and may be `cnf`, the claim that \
         names the key of the device: put them into a field without `flatten`"
    );
    assert!(
        login.cookie.is_some(),
        "the session's login has no cookie, which a browser sends with the proof of its key: remove \
         `cookie = false` there"
    );
    let Some(cookie) = login.cookie else { return };
    assert!(
        cookie.secure,
        "the cookie of the session's login is not secure, and browsers prove their key over https alone: remove \
         `secure = false` there"
    );
    assert!(
        !cookie.partitioned,
        "the cookie of the session's login is partitioned, and browsers bind no session whose cookie is: remove \
         `partitioned` there"
    );
    assert!(
        matches!(cookie.path.as_bytes(), b"/"),
        "the cookie of the session's login has a path of its own, so that it does not reach `/.well-known/dbsc`, \
         where a browser proves its key: remove `path` there"
    );
}

/// The future of a step between two sessions. Boxed, so that their types do not contain each other's.
pub(crate) type Step<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// The share of a login that a session gets.
pub struct Entry<T> {
    /// Its data, unless a hook makes it.
    pub(super) data: Option<T>,
    pub(super) sign_in: SignIn,
    /// The time past which no token of the login is valid.
    pub(super) until: Option<NumericDate>,
    pub(super) choice: Choice,
    /// `true` if what a hook makes of it is for this request only.
    pub(super) is_passing: bool,
}

impl<T: Session> Entry<T> {
    /// Returns what a session shares of its login.
    pub(super) fn of<X: Session>(login: &Current<X>, sign_in: SignIn) -> Self {
        // A browser renews a bound session when its cookie has ended, so that one needs an end.
        let ends_with_browser = login.choice.browser_session || X::SPEC.ends_with_browser();
        let browser_session = ends_with_browser && !T::SPEC.bound;
        let choice = Choice { max_age: None, browser_session };
        Self { data: None, sign_in, until: login.exp(), choice, is_passing: false }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Session> LoginType<T> for NoLogin {
    type SignIn = T::OwnSignIn;

    const LOGIN: Option<Spec> = None;

    fn __enter(_: &SessionManager<T>, _: bool) -> Step<'_, Option<Entry<T>>> {
        Box::pin(ready(Ok(None)))
    }

    fn __end(_: &SessionManager<T>) -> Step<'_, ()> {
        Box::pin(ready(Ok(())))
    }

    #[cfg(feature = "dbsc")]
    fn __answer<'r>(_: &'r SessionManager<T>, _: &'r DeviceRequest<'r>) -> Step<'r, DeviceAnswer> {
        Box::pin(ready(Ok(DeviceAnswer::Foreign)))
    }
}

const NOT_LINKED: Error =
    Error::new(ErrorKind::NotInstalled, "the session's login is not configured beside it");

#[diagnostic::do_not_recommend]
impl<T: Session<Login = X>, X: Session<Login = NoLogin>> LoginType<T> for X {
    type SignIn = <T::OwnSignIn as SignInKind>::Of<X::OwnSignIn>;

    const LOGIN: Option<Spec> = Some(X::SPEC);

    fn __enter(manager: &SessionManager<T>, renews: bool) -> Step<'_, Option<Entry<T>>> {
        Box::pin(async move {
            let tokens = manager.slot.tokens.login_tokens::<X>().ok_or(NOT_LINKED)?;
            let login = manager.other(tokens).await?;
            let Some(current) = login.current() else { return Ok(None) };
            #[cfg(feature = "dbsc")]
            let (own_end, device) = match device::unproven(manager, &current, renews)? {
                Unproven::Refused => return Ok(None),
                Unproven::Until(end, device) => (end, device),
            };
            #[cfg(not(feature = "dbsc"))]
            let own_end = None;
            // The client keeps its own token, or a login of which this program does not know all.
            let is_passing =
                renews && manager.kept().is_some() || login.kept().is_some() || current.is_newer();
            let current = match renews && !is_passing {
                true => renewal::on_demand(&login, current).await?,
                false => renewal::unrenewed(&login, current).await?,
            };
            let Some(current) = current else { return Ok(None) };
            let data = if renews { T::__from_login(&current.data) } else { None };
            let sign_in = tokens.shared_sign_in(&current);
            #[cfg(feature = "dbsc")]
            let sign_in = device.into_iter().fold(sign_in, SignIn::bound);
            let entry = Entry::of(&current, sign_in);
            Ok(Some(Entry { data, until: entry.until.into_iter().chain(own_end).min(), is_passing, ..entry }))
        })
    }

    fn __end(manager: &SessionManager<T>) -> Step<'_, ()> {
        Box::pin(async move {
            let tokens = manager.slot.tokens.login_tokens::<X>().ok_or(NOT_LINKED)?;
            let login = manager.unread_other(tokens)?;
            let peeked = match (login.status(), manager.context.headers()) {
                (Status::Absent | Status::Expired, Some(headers)) => peek(&login, headers).await?,
                _ => Peeked::nothing(),
            };
            end::end(&login, &peeked).await.map(drop)
        })
    }

    #[cfg(feature = "dbsc")]
    fn __answer<'r>(manager: &'r SessionManager<T>, asked: &'r DeviceRequest<'r>) -> Step<'r, DeviceAnswer> {
        match manager.slot.tokens.login_tokens::<X>() {
            Some(login) => device::answer_within(manager, login, asked),
            None => Box::pin(ready(Err(NOT_LINKED))),
        }
    }
}

/// Makes a session from its login, if the request has one, in a hook of the session's reading.
pub(super) async fn renew<T: Session>(hook: &SessionManager<T>) -> Result<(), Error> {
    let Some(Entry { data: Some(data), sign_in, until, choice, is_passing }) =
        T::Login::__enter(hook, true).await?
    else {
        return Ok(());
    };
    let edit = Edit::Enter { data: Arc::new(data), sign_in, until, choice, is_passing };
    write::renew(hook, edit).await.map(drop)
}

/// Drops the session from a request whose login was replaced or ended: nobody travels with the token of another login.
pub(super) fn leave<T: Session>(context: &Context, tokens: &Tokens<T>) {
    let Ok(manager) = SessionManager::unread(context, tokens) else { return };
    let mut state = manager.slot.lock();
    if state.is_unread()
        && let Some(headers) = context.headers()
    {
        state.hold_chunks(tokens.offer(headers, false).chunks);
    }
    // Removing a cookie only fails with a name that no header can have, which the configuration refuses.
    let cookies = tokens.removal(state.held_chunks()).unwrap_or_default();
    state.leave(cookies);
    drop(state);
    manager.slot.changed.notify_waiters();
}

/// Drops every session that belongs to this one's login from the request.
pub(super) fn leave_dependents<T: Session>(manager: &SessionManager<T>) {
    if manager.slot.given.is_none() {
        for dependent in manager.slot.tokens.dependents() {
            dependent(&manager.context);
        }
    }
}
